package health

import (
	"fmt"
	"time"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// skew is how far the clocks of two machines may be apart.
const skew = 5 * time.Minute

// Clock holds this machine's clock against what the vault has seen.
func Clock(now, created, changed time.Time) []Finding {
	const check = "clock"
	way := remedy.To(remedy.SetClock)
	switch {
	case now.Before(created.Add(-skew)):
		return []Finding{{check, Fault, fmt.Sprintf("this machine's clock (%s) is before the day on which the vault was made (%s)", now.UTC().Format(time.RFC3339), created.UTC().Format(time.RFC3339)), way, nil}}
	case now.Before(changed.Add(-skew)):
		return []Finding{{check, Fault, fmt.Sprintf("the vault was last changed in the future (%s): this clock is behind (%s), or another machine's was ahead", changed.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339)), way, nil}}
	}
	return []Finding{{check, OK, "this machine's clock is not behind the vault", remedy.Remedy{}, nil}}
}
