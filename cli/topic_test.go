package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/help"
)

// Every topic has a text that fits a terminal, under a name that is no command's.
func TestTopics(t *testing.T) {
	t.Parallel()
	commands, files := allCommands(nil), 0
	err := fs.WalkDir(help.TopicFiles, "topics", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return err
	})
	if err != nil || files != len(help.TopicNames) {
		t.Errorf("%d files for %d topics; %v", files, len(help.TopicNames), err)
	}
	for _, topic := range help.AllTopics() {
		for _, name := range append([]string{topic.Name}, topic.Aliases...) {
			if cmdline.FindIn(commands, name) != nil || name == help.TopicsWord {
				t.Errorf("%s is something else, too", name)
			}
		}
		if len(topic.Short) < 10 || len(topic.Short) > 75 || strings.HasSuffix(topic.Short, ".") {
			t.Errorf("%s: what it is about: %q", topic.Name, topic.Short)
		}
		if len(topic.Body(allCommands(nil))) < 200 || strings.Count(topic.Body(allCommands(nil)), "\n") > 45 || !strings.HasSuffix(topic.Body(allCommands(nil)), "\n") {
			t.Errorf("%s: a text of %d bytes", topic.Name, len(topic.Body(allCommands(nil))))
		}
		for line := range strings.Lines(topic.Body(allCommands(nil))) {
			if len([]rune(line)) > 90 || strings.ContainsRune(line, '\t') {
				t.Errorf("%s: a line is too long, or has a tab: %s", topic.Name, line)
			}
		}
	}
}

// Every command of the topics' texts is one, and its flags are.
func TestTopicsAreTrue(t *testing.T) {
	t.Parallel()
	commands := allCommands(nil)
	called := regexp.MustCompile(`\btacit ([a-z][a-z-]*)`)
	for _, topic := range help.AllTopics() {
		for _, m := range called.FindAllStringSubmatch(topic.Body(allCommands(nil)), -1) {
			if cmdline.FindIn(commands, m[1]) == nil {
				t.Errorf("%s: there is no command %s", topic.Name, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`\btacit help ([a-z-]+)`).FindAllStringSubmatch(topic.Body(allCommands(nil)), -1) {
			if cmdline.FindIn(commands, m[1]) == nil && help.FindTopic(help.AllTopics(), m[1]) == nil {
				t.Errorf("%s: there is no topic %s", topic.Name, m[1])
			}
		}
	}
	known := cmdline.FlagTable{}
	known.Add(new(cmdline.Globals).GlobalFlags())
	for _, c := range commands {
		known.Add(c.Flags)
	}
	for _, topic := range help.AllTopics() {
		for _, m := range regexp.MustCompile(`(?m)(?:^|[ (])--([a-z][a-z-]+)`).FindAllStringSubmatch(topic.Body(allCommands(nil)), -1) {
			if _, ok := known[m[1]]; !ok && m[1] != "odd-name" {
				t.Errorf("%s: there is no flag --%s", topic.Name, m[1])
			}
		}
	}
}

// Every variable that the code reads is told of.
func TestEveryVariableIsTold(t *testing.T) {
	t.Parallel()
	told := help.FindTopic(help.AllTopics(), "environment").Body(allCommands(nil))
	name := regexp.MustCompile(`"(TACIT_[A-Z]+)"`)
	var found int
	for _, dir := range []string{".", "../vault", "../keyring", "../crypto", "../store"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			code, err := os.ReadFile(path)
			for _, m := range name.FindAllStringSubmatch(string(code), -1) {
				found++
				if !strings.Contains(told, m[1]) {
					t.Errorf("%s reads %s: tacit help environment does not tell of it", path, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 10 {
		t.Errorf("only %d places name a variable", found)
	}
}
