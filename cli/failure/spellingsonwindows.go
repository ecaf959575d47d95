package failure

import "github.com/tacit-vault/tacit/vault/remedy"

// OnWindows are remedies that are said in another way there: in PowerShell's commands.
var OnWindows = [...]spelling{
	{remedy.CloseToOthers, "{tacit doctor --fix}, or take the others' rights away: {icacls $dir}"},
	{remedy.LookAt, "{icacls $path}"},
	{remedy.LetOwnerWrite, "{attrib -r $path}"},
	{remedy.RemoveFiles, "{Remove-Item -LiteralPath $path}"},
	{remedy.RemoveFolders, "{Remove-Item -Recurse -LiteralPath $path}"},
	{remedy.Move, "{Move-Item -LiteralPath $path $target}"},
	{remedy.MoveOut, "move it out of the vault's folder: {Move-Item -LiteralPath $path $target}"},
	{remedy.PutInPlaceOfLink, "{Remove-Item -LiteralPath $path && Move-Item -LiteralPath $target $path}"},
	{remedy.UnlinkCopy, "{Copy-Item -LiteralPath $path $target; Move-Item -Force -LiteralPath $target $path}"},
}
