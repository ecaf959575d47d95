package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// dotName is what a vault beside someone's work is called; with a dot and the name
// of an environment behind it, it is that environment's.
const dotName = ".tacit"

// DotName is what the vault of an environment is called that lies beside someone's
// work. "" is the environment without a name.
func DotName(env string) string {
	if env == "" {
		return dotName
	}
	return dotName + "." + env
}

// OfDotName is DotName the other way round. ok is false for any other name.
func OfDotName(name string) (env string, ok bool) {
	if name == dotName {
		return "", true
	}
	env, ok = strings.CutPrefix(name, dotName+".")
	return env, ok && anchor.IsEnv(env)
}

// ProjectsName is the folder of the vaults that are made for folders elsewhere. No
// environment is called so: outside of any project it would lie in its place.
const ProjectsName = "projects"

// CheckEnv refuses a name that no environment can have, with InvalidName. Names
// match ^[a-z0-9][a-z0-9_-]{0,39}$. op is what was to be done.
func CheckEnv(op, name string) error {
	e := &SecretError{Code: InvalidName, Op: op, Key: printable(name), Remedy: remedy.To(remedy.UseValidEnv)}
	switch {
	case anchor.IsEnv(name) && name != ProjectsName && filepath.IsLocal(name):
		return nil
	case anchor.IsEnv(name):
		e.Message = "the name is taken"
	default:
		e.Message = "not a name of an environment"
	}
	return e
}

// EnvsIn lists the environments whose vaults lie in a folder or are attached to it,
// sorted; "" is the one without a name. What may not be looked at is left out.
func EnvsIn(folder, state string) []string {
	anchors, err := anchor.At(state)
	if err != nil {
		return nil
	}
	envs := envsInTree(folder)
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		list, _ := anchors.Attached(real)
		for _, a := range list {
			envs = append(envs, a.Env)
		}
	}
	slices.Sort(envs)
	return slices.Compact(envs)
}

// envsInTree lists the environments whose vaults lie in a folder.
func envsInTree(folder string) (envs []string) {
	f, err := os.Open(folder)
	if err != nil {
		return nil
	}
	defer f.Close()
	for {
		const some = 1024 // folders can be large
		names, err := f.Readdirnames(some)
		for _, name := range names {
			if env, ok := OfDotName(name); ok {
				envs = append(envs, env)
			}
		}
		if err != nil {
			return envs
		}
	}
}

// unknownEnv is an environment that a project has not: none of the folders above is
// asked for it, and no other vault is taken.
func unknownEnv(folder, env string, envs []string) *SecretError {
	wanted := "no environment " + env
	if env == "" {
		wanted = "no vault without a name of an environment"
	}
	var named []string
	for _, name := range envs {
		if name == "" {
			name = "one without a name"
		}
		named = append(named, name)
	}
	e := &SecretError{
		Code: NoVault, Path: folder, Message: "the project has " + wanted,
		Remedy: remedy.To(remedy.ChooseEnv),
	}
	if len(named) > 0 {
		e.Message += "; it has " + strings.Join(named, ", ")
	}
	return e
}

// takenOver tells whether what this machine remembers cannot be used because some of it
// belongs to another user, as after sudo with this user's home, and says so in e.
func takenOver(e *SecretError, anchors anchor.Dir, err error) bool {
	var at *fs.PathError
	if !errors.Is(err, fs.ErrPermission) || !errors.As(err, &at) {
		return false
	}
	uid, ok := otherOwner(at.Path)
	if !ok {
		return false
	}
	e.Message = fmt.Sprintf("what this machine remembers cannot be used: %s belongs to another user (uid %d)", at.Path, uid)
	e.Remedy = remedy.To(remedy.TakeOwnershipAll, remedy.User.Named(strconv.Itoa(os.Geteuid())), remedy.Path.Named(anchors.Path))
	return true
}

// attachError is a failure of what this machine remembers to be attached to a folder.
func attachError(anchors anchor.Dir, folder string, err error) error {
	var said *SecretError
	if err == nil || errors.As(err, &said) {
		return err
	}
	e := &SecretError{Code: ReadOnly, Path: folder, Err: err}
	switch {
	case errors.Is(err, anchor.ErrAttached):
		e.Code, e.Message = Exists, err.Error()
		e.Remedy = remedy.To(remedy.DetachFirst, remedy.Folder.Named(folder))
	case errors.Is(err, anchor.ErrTooMany):
		e.Code, e.Message = InvalidValue, err.Error()
		e.Remedy = remedy.To(remedy.DetachFirst, remedy.Folder.Named(folder))
	case errors.Is(err, anchor.ErrUnreadable):
		e.Code, e.Message = Unproven, "what is attached to the folder cannot be read: "+err.Error()
		e.Remedy = remedy.To(remedy.AttachAnew, remedy.Folder.Named(folder))
	case errors.Is(err, anchor.ErrLocked):
		e.Code, e.Message = Busy, err.Error()
		e.Remedy = remedy.To(remedy.FindHolder, remedy.Path.Named(filepath.Join(anchors.Path, "lock")))
	case takenOver(e, anchors, err):
	case noMemory(err):
		e.Message = fmt.Sprintf("this machine cannot remember what is attached: %v", err)
		e.Remedy = remedy.To(remedy.NameState)
	default:
		if storedir.IsNoSpace(err) {
			e.Code = NoSpace
		}
		e.Message = fmt.Sprintf("this machine could not note it in its state folder %s: %v", anchors.Path, err)
		e.Remedy = remedy.To(remedy.MakeRoomForState)
	}
	return e
}
