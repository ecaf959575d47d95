package transfer

import (
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// What is sealed is wiped and dropped, and nothing that is not.
func TestDropSealed(t *testing.T) {
	t.Parallel()
	var items []transfer.Item
	var values []vault.Value
	for range 5 {
		values = append(values, vault.Text("a value"))
		items = append(items, transfer.Item{Name: "a-name", Value: values[len(values)-1]})
	}
	changes := importOptions{}.changes(items)
	told := 0
	update := dropSealed(items, changes, func(done, _ int) { told = done })
	for _, done := range []int{2, 2, 4, 9} { // the index has more nodes than there are items
		update(done, 9)
		for i, value := range values {
			if wiped := len(value.Reveal()) == 0; wiped != (i < done) {
				t.Errorf("after %d: item %d wiped: %v", done, i, wiped)
			}
			if dropped := changes[i].Name == ""; dropped != (i < done) {
				t.Errorf("after %d: change %d dropped: %v", done, i, dropped)
			}
		}
		if told != done {
			t.Errorf("told %d, want %d", told, done)
		}
	}
}
