package terminal

import "github.com/tacit-vault/tacit/cli/failure"

// noPageOn is the error of a system whose terminal cannot be taken over for a value.
func noPageOn(system string) error {
	f := &failure.Failure{
		Code: "refused", Exit: failure.ExitOther, Message: "on " + system + " a value cannot be shown on a page of its own",
	}
	return f.Hinted("{tacit get NAME} prints a value; {tacit copy NAME} puts it on the clipboard; {tacit otp NAME} prints a one-time password")
}
