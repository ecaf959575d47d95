package transfer

import (
	"io"

	"github.com/tacit-vault/tacit/cli/run"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// ReadEnvFile reads a dotenv file.
func ReadEnvFile(path string, r io.Reader) ([]run.EnvVariable, error) {
	result, err := transfer.ReadDotenv(r)
	if err != nil {
		return nil, textform.TextError("reading "+path, err)
	}
	list := make([]run.EnvVariable, len(result.Items))
	for i, item := range result.Items {
		list[i] = run.EnvVariable{Name: item.Name, Value: item.Value, Line: item.Line}
	}
	return list, nil
}
