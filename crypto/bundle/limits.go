package bundle

// Limits, all checked before any work. More than fits in one bundle is another
// bundle.
const (
	MaxHead = 512       // bytes of a head
	MaxBody = 720 << 10 // bytes of a body

	// MaxLargeBody is the largest body of changes, or of a part of a checkpoint,
	// that hold a single value: the largest that a vault's policy can allow, of
	// 1,048,576 characters, has 3 MiB at most.
	MaxLargeBody = 4 << 20

	// MaxBundle is the largest bundle.
	MaxBundle = len(magic) + 4 + MaxHead + 64 + MaxLargeBody

	// Target is what a writer of bundles stays below, in bytes of plaintext, if it
	// can: padded and sealed, that is a bundle of at most 700 KiB. Servers refuse
	// messages above 1 MiB unless they are set up otherwise.
	Target = 670 << 10

	MaxItems    = 4096 // of a bundle, and members of a part of the list
	MaxSigners  = 32   // writers and heirs of a group together, besides the owner
	MaxFormer   = 1024 // members that left the charter
	MaxDots     = 1 + MaxSigners + MaxFormer
	MaxParts    = 4096 // of a checkpoint, and of a list of members
	MaxPatterns = 64   // of a group
	MaxCharter  = 256 << 10
	MaxCharters = 64 // of a welcome
	MaxAddress  = 1024

	MinBeat = 60               // seconds between two beats
	MaxBeat = 10 * 366 * 86400 // ten years
)

const (
	maxPattern   = 200
	maxRecipient = 2048 // a hybrid one has 1,959 characters
	maxVersion   = 40   // characters of tacit's version in a receipt
	secretSize   = 16   // bytes of an invite's secret
)
