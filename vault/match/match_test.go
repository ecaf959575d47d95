package match

import (
	"slices"
	"testing"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string][]string{
		"":         {"billing_db_prod", "prod-db-url", "db", "stripe"},
		"prod_db":  {"billing_db_prod", "prod-db-url"},
		"DB Prod":  {"billing_db_prod", "prod-db-url"},
		"  db  ":   {"billing_db_prod", "prod-db-url", "db"},
		"url-":     {"prod-db-url"},
		"b_d":      {"billing_db_prod", "prod-db-url", "db"},
		"dbx":      {},
		"prod_dbx": {},
	} {
		var got []string
		for _, name := range []string{"billing_db_prod", "prod-db-url", "db", "stripe"} {
			if New(typed).In(name) {
				got = append(got, name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %q, must be %q", typed, got, want)
		}
	}
}
