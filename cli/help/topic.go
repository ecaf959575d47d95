package help

import (
	"embed"
	"fmt"
	"strings"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
)

// A topic is what is to be known beside the commands. Its text is a file in
// topics: a line that says what it is about, an empty one, and the rest.
type topic struct {
	Name    string
	Aliases []string
	Short   string
	text    string
}

//go:embed topics/*.txt
var TopicFiles embed.FS

// TopicNames are the topics, in the order in which a newcomer would want them.
var TopicNames = [][]string{
	{"names"},
	{"values"},
	{"vault"},
	{"keys", "unlocking"},
	{"screen"},
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

// TopicsWord is what help lists the topics by.
const TopicsWord = "topics"

func AllTopics() []topic {
	list := make([]topic, len(TopicNames))
	for i, names := range TopicNames {
		b, err := TopicFiles.ReadFile("topics/" + names[0] + ".txt")
		if err != nil {
			panic(err) // it was there when this was built; a test reads them all
		}
		short, text, _ := strings.Cut(string(b), "\n\n")
		list[i] = topic{names[0], names[1:], short, text}
	}
	return list
}

func FindTopic(topics []topic, name string) *topic {
	for _, t := range topics {
		if t.Name == name {
			return &t
		}
		for _, a := range t.Aliases {
			if a == name {
				return &t
			}
		}
	}
	return nil
}

// Body is the text, below what the program itself knows best.
func (t topic) Body(commands []*cmdline.Command) string {
	switch t.Name {
	case "formats":
		if c := cmdline.FindIn(commands, "import"); c != nil {
			return c.Topic() + "\n" + t.text
		}
	case "exit-codes":
		var b strings.Builder
		for _, m := range failure.ExitMeanings {
			fmt.Fprintf(&b, "  %-4d %s\n", m.Code, m.Meaning)
		}
		return b.String() + "\n" + t.text
	}
	return t.text
}

func printTopic(s *frame.Session, t *topic) error {
	if s.JSON {
		return s.WriteJSON(topicJSON{t.Name, t.Short, t.Body(s.CommandTable())})
	}
	fmt.Fprintf(s.Results, "%s: %s\n\n%s", t.Name, t.Short, t.Body(s.CommandTable()))
	return nil
}

func printTopics(s *frame.Session) {
	for _, t := range AllTopics() {
		fmt.Fprintf(s.Results, "  %-17s %s\n", t.Name, t.Short)
	}
}
