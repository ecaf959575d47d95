package cli

import (
	"embed"
	"fmt"
	"strings"
)

// A topic is what is to be known beside the commands. Its text is a file in
// topics: a line that says what it is about, an empty one, and the rest.
type topic struct {
	name    string
	aliases []string
	short   string
	text    string
}

//go:embed topics/*.txt
var topicFiles embed.FS

// topicNames are the topics, in the order in which a newcomer would want them.
var topicNames = [][]string{
	{"names"},
	{"values"},
	{"vault"},
	{"keys", "unlocking"},
	{"formats"},
	{"stores"},
	{"managers", "browsers"},
	{"json"},
	{"exit-codes"},
	{"environment"},
	{"containers"},
	{"dangerous-names"},
	{"recovery"},
}

// topicsWord is what help lists the topics by.
const topicsWord = "topics"

func allTopics() []topic {
	list := make([]topic, len(topicNames))
	for i, names := range topicNames {
		b, err := topicFiles.ReadFile("topics/" + names[0] + ".txt")
		if err != nil {
			panic(err) // it was there when this was built; a test reads them all
		}
		short, text, _ := strings.Cut(string(b), "\n\n")
		list[i] = topic{names[0], names[1:], short, text}
	}
	return list
}

func findTopic(topics []topic, name string) *topic {
	for _, t := range topics {
		if t.name == name {
			return &t
		}
		for _, a := range t.aliases {
			if a == name {
				return &t
			}
		}
	}
	return nil
}

// body is the text, below what the program itself knows best.
func (t topic) body(commands []*command) string {
	switch t.name {
	case "formats":
		if c := findIn(commands, "import"); c != nil {
			return c.topic() + "\n" + t.text
		}
	case "exit-codes":
		var b strings.Builder
		for _, m := range exitMeanings {
			fmt.Fprintf(&b, "  %-4d %s\n", m.code, m.meaning)
		}
		return b.String() + "\n" + t.text
	}
	return t.text
}

func (s *session) printTopic(t *topic) error {
	if s.json {
		return s.writeJSON(topicJSON{t.name, t.short, t.body(s.commands())})
	}
	fmt.Fprintf(s.out, "%s: %s\n\n%s", t.name, t.short, t.body(s.commands()))
	return nil
}

func (s *session) printTopics() {
	for _, t := range allTopics() {
		fmt.Fprintf(s.out, "  %-17s %s\n", t.name, t.short)
	}
}
