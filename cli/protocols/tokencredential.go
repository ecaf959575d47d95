package protocols

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

func AWSCredentialCommand(s *frame.Session) *cmdline.Command {
	here := false
	return &cmdline.Command{
		Name: "aws-credential", Group: cmdline.GroupProtocols, Args: "NAME", Min: 1, Max: 1,
		Short: "give the AWS tools their keys",
		Long: `Prints the JSON secret NAME in the form that the AWS tools want from a
credential_process: an object with AccessKeyId and SecretAccessKey, and perhaps
SessionToken and Expiration. The vault is that of --vault, of $TACIT_VAULT, or the
default one. With --here it is the vault of the folder in which it is called.`,
		Example: `echo '{"AccessKeyId":"…","SecretAccessKey":"…"}' | tacit set AWS_WORK --as json
aws configure set credential_process 'tacit aws-credential AWS_WORK'`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{hereFlag(&here)},
		Run: func(ctx context.Context, args []string) error {
			stayHere(s, here)
			return hereHint(s, withSecret(ctx, s, args[0], func(value []byte) error { return awsCredential(s, args[0], value) }))
		},
	}
}

// withSecret reads one secret, hands its value to fn and wipes it.
func withSecret(ctx context.Context, s *frame.Session, name string, fn func(value []byte) error) error {
	s.First(frame.IsThere("read", name))
	v, err := s.Open(ctx, frame.ToRead)
	if err != nil {
		return err
	}
	defer v.Close()
	secret, err := v.Read(ctx, name)
	if err != nil {
		return err
	}
	defer secret.Value.Wipe()
	return fn(secret.Value.Reveal())
}

// awsCredential is described under "Sourcing credentials with an external
// process" in the AWS CLI's user guide.
func awsCredential(s *frame.Session, name string, value []byte) error {
	var c struct {
		Version         int
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string `json:",omitempty"`
		Expiration      string `json:",omitempty"`
	}
	if json.Unmarshal(value, &c) != nil || c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return failure.Fault(vault.InvalidValue, "aws-credential %s: its value is no JSON object with AccessKeyId and SecretAccessKey", name).
			Hinted("{tacit set %s --as json}", name)
	}
	c.Version = 1
	return s.WriteJSON(c)
}

func KubeCredentialCommand(s *frame.Session) *cmdline.Command {
	here := false
	return &cmdline.Command{
		Name: "kube-credential", Group: cmdline.GroupProtocols, Args: "NAME", Min: 1, Max: 1,
		Short: "give kubectl a token or a client certificate",
		Long: `Prints the secret NAME as an ExecCredential. A text is the token. A JSON object
has token, or clientCertificateData and clientKeyData, and perhaps
expirationTimestamp. The API version is the one that the client asks for. The
vault is that of --vault, of $TACIT_VAULT, or the default one. With --here it is
the vault of the folder in which it is called.`,
		Example: `kubectl config set-credentials work --exec-command=tacit \
  --exec-api-version=client.authentication.k8s.io/v1 \
  --exec-arg=kube-credential --exec-arg=KUBE_WORK`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{hereFlag(&here)},
		Run: func(ctx context.Context, args []string) error {
			stayHere(s, here)
			return hereHint(s, withSecret(ctx, s, args[0], func(value []byte) error { return kubeCredential(s, args[0], value) }))
		},
	}
}

type kubeStatus struct {
	ExpirationTimestamp   string `json:"expirationTimestamp,omitempty"`
	Token                 string `json:"token,omitempty"`
	ClientCertificateData string `json:"clientCertificateData,omitempty"`
	ClientKeyData         string `json:"clientKeyData,omitempty"`
}

const kubeGroup = "client.authentication.k8s.io/"

// kubeCredential is described in client-go's "credential plugins".
func kubeCredential(s *frame.Session, name string, value []byte) error {
	var st kubeStatus
	switch {
	case len(bytes.TrimSpace(value)) > 0 && bytes.TrimSpace(value)[0] == '{':
		if json.Unmarshal(value, &st) != nil {
			return failure.Fault(vault.InvalidValue, "kube-credential %s: its value is no JSON", name)
		}
	default:
		st.Token = strings.TrimSpace(string(value))
	}
	if st.Token == "" && (st.ClientCertificateData == "" || st.ClientKeyData == "") {
		return failure.Fault(vault.InvalidValue, "kube-credential %s: there is no token in it, and no certificate with its key", name)
	}
	if st.ExpirationTimestamp != "" {
		if _, err := time.Parse(time.RFC3339, st.ExpirationTimestamp); err != nil {
			return failure.Fault(vault.InvalidValue, "kube-credential %s: expirationTimestamp is no time of RFC 3339", name)
		}
	}
	version := kubeGroup + "v1"
	if info := s.Env("KUBERNETES_EXEC_INFO"); info != "" {
		var asked struct {
			APIVersion string `json:"apiVersion"`
		}
		if json.Unmarshal([]byte(info), &asked) == nil && (asked.APIVersion == version || asked.APIVersion == kubeGroup+"v1beta1") {
			version = asked.APIVersion
		}
	}
	return s.WriteJSON(struct {
		APIVersion string     `json:"apiVersion"`
		Kind       string     `json:"kind"`
		Status     kubeStatus `json:"status"`
	}{version, "ExecCredential", st})
}
