package run

import (
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// maxControls is how many actions a template may have that others lie in: the
// parser and what runs it go down with each.
const maxControls = 100_000

// checkControls refuses a template that the parser would go down too far for.
func checkControls(source string, d delims) error {
	control := d.expression(`L-?\s*(if|else|with|range|block|define)\b`)
	if len(control.FindAllStringIndex(source, maxControls+1)) > maxControls {
		return failure.Fault(vault.InvalidValue, "inject: the template has more than %d actions with others inside", maxControls)
	}
	return nil
}

// literals are the strings that a template spells out, as literals of its
// actions: not its text, nor a comment.
func literals(t *template.Template) map[string]bool {
	found := map[string]bool{}
	eachNode(t, func(n parse.Node) {
		if s, ok := n.(*parse.StringNode); ok {
			found[s.Text] = true
		}
	})
	return found
}

// Actions that count what a template does. Its own actions cannot name them: they
// are not there while it is parsed.
const (
	countRound = "tacitRound"
	countEnter = "tacitEnter"
	countLeave = "tacitLeave"
)

// addCounters puts an action before whatever a template does more than once: each
// round of a range, and each template that is called. What is called says how deep
// its actions lie in others, and takes that back at its end.
func addCounters(t *template.Template, functions template.FuncMap) {
	action := func(name string, args ...any) parse.Node {
		call := strings.TrimSpace(name + " " + fmt.Sprint(args...))
		return template.Must(template.New("").Funcs(functions).Parse("{{" + call + "}}")).Root.Nodes[0]
	}
	round := action(countRound)
	eachNode(t, func(n parse.Node) {
		if r, ok := n.(*parse.RangeNode); ok {
			r.List.Nodes = append([]parse.Node{round.Copy()}, r.List.Nodes...)
		}
	})
	for _, one := range t.Templates() {
		if one.Tree != nil && one.Root != nil {
			deep := depth(one.Root)
			nodes := append([]parse.Node{action(countEnter, deep)}, one.Root.Nodes...)
			one.Root.Nodes = append(nodes, action(countLeave, deep))
		}
	}
}

// depth is how many actions lie in one another, at most, and one.
func depth(list *parse.ListNode) int {
	deepest := 0
	if list == nil {
		return deepest
	}
	for _, n := range list.Nodes {
		var b *parse.BranchNode
		switch n := n.(type) {
		case *parse.IfNode:
			b = &n.BranchNode
		case *parse.WithNode:
			b = &n.BranchNode
		case *parse.RangeNode:
			b = &n.BranchNode
		default:
			continue
		}
		deepest = max(deepest, depth(b.List), depth(b.ElseList))
	}
	return deepest + 1
}

// eachNode shows every node of a template and those that it defines.
func eachNode(t *template.Template, show func(parse.Node)) {
	for _, one := range t.Templates() {
		if one.Tree != nil && one.Root != nil {
			walkNode(one.Root, show)
		}
	}
}

func walkNode(n parse.Node, show func(parse.Node)) {
	show(n)
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			walkNode(child, show)
		}
	case *parse.ActionNode:
		walkNode(n.Pipe, show)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, show)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, show)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, show)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			walkNode(n.Pipe, show)
		}
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			walkNode(command, show)
		}
	case *parse.CommandNode:
		for _, arg := range n.Args {
			walkNode(arg, show)
		}
	case *parse.ChainNode:
		walkNode(n.Node, show)
	}
}

func walkBranch(b *parse.BranchNode, show func(parse.Node)) {
	walkNode(b.Pipe, show)
	walkNode(b.List, show)
	if b.ElseList != nil {
		walkNode(b.ElseList, show)
	}
}
