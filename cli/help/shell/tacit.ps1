# PowerShell completion for tacit. Load it with:
#   tacit completion powershell | Out-String | Invoke-Expression
# in your profile. What was typed is handed over as arguments, and never evaluated;
# what is offered is quoted, because a label may hold anything that prints.
Register-ArgumentCompleter -Native -CommandName tacit, tacit.exe -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
            Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
            ForEach-Object {
                # The last word counts up to the cursor, which may stand inside it.
                $end = [Math]::Min($_.Extent.EndOffset, $cursorPosition)
                $_.Extent.Text.Substring(0, $end - $_.Extent.StartOffset)
            })
    $flags = @()
    if (-not $wordToComplete) { $flags += '--new-word' } # an empty argument gets lost on the way
    & tacit __complete @flags -- @words 2>$null | ForEach-Object {
        if ($_.StartsWith(':')) { return }
        $value, $text = $_ -split "`t", 2
        if (-not $text) { $text = $value }
        $word = $value
        if ($value -match '[^A-Za-z0-9_.:/%+=-]') {
            $word = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($value) + "'"
        }
        [System.Management.Automation.CompletionResult]::new($word, $value, 'ParameterValue', $text)
    }
}
