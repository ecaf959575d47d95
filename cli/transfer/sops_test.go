package transfer

import "testing"

func TestSOPSFormOf(t *testing.T) {
	for text, want := range map[string]string{
		`{"data":"ENC[x]","sops":{"mac":"x"}}`:      "binary",
		`{"a":"ENC[x]","sops":{"mac":"x"}}`:         "json",
		`{"a":1}`:                                   "binary",
		"a: ENC[x]\nsops:\n    kms: []\n":           "yaml",
		"A=ENC[x]\r\nsops_mac=ENC[y]\r\n":           "dotenv",
		"[a]\nb = ENC[x]\n\n[sops]\nmac = ENC[y]\n": "ini",
		"": "binary",
	} {
		if got := sopsFormOf([]byte(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
