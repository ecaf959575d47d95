package transfer

import (
	"strings"
	"testing"
)

// What is called in another script than ours gets a name, and is told.
func TestOtherScripts(t *testing.T) {
	bitwarden := `{"encrypted": false, "items": [
 {"type": 1, "name": "ключ", "login": {"password": "p1", "username": "u"}, "fields": [{"name": "вопрос", "value": "f1"}, {"name": "ответ", "value": "f2"}, {"name": "PIN", "value": "1"}]},
 {"type": 1, "name": "秘密", "login": {"password": "p2"}},
 {"type": 1, "name": "Mail", "login": {"password": "p3"}, "fields": [{"name": "ключ 2", "value": "f3"}]}]}`
	keepass := keepassEntry("Title", "κωδικός", "Password", "p1", "ключ", "f1", "пин", "f2")
	for name, c := range map[string]struct {
		read     manager
		in, want string
	}{
		"bitwarden": {
			managers["bitwarden"], bitwarden,
			"ключ>ENTRY_1 ключ>ENTRY_1_USERNAME ключ: вопрос>ENTRY_1_FIELD ключ: ответ>ENTRY_1_FIELD_2 ключ>ENTRY_1_PIN 秘密>ENTRY_2 Mail: ключ 2>Mail_2",
		},
		"keepass": {managers["keepass"], keepass, "κωδικός>ENTRY_1 κωδικός: ключ>ENTRY_1_FIELD κωδικός: пин>ENTRY_1_FIELD_2"},
	} {
		r, err := c.read.read(c.in, Entries{})
		var got []string
		for _, n := range r.Numbered {
			got = append(got, n.From+">"+n.Name)
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, strings.Join(got, " "), c.want)
		}
		for _, item := range r.Items {
			if strings.Contains(item.From, ": ") && !strings.Contains(c.want, item.From+">"+item.Name) {
				t.Errorf("%s: %s is of %s", name, item.Name, item.From)
			}
		}
	}
	r, err := managers["bitwarden"].read(bitwarden, Entries{Naming: Naming{Map: map[string]string{"ключ": "KEY", "秘密": ""}}})
	if err != nil || r.Items[0].Name != "KEY" || len(r.Numbered) != 3 {
		t.Errorf("with a map: %v %v", err, r.Numbered)
	}
}
