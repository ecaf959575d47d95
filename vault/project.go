package vault

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/vault/anchor"
)

// An Environment is a vault of a project, be it there or not.
type Environment struct {
	Env      string // "": the one without a name
	Vault    string // the vault's folder
	Attached bool   // it is attached to the project's folder, and does not lie in it
}

// ProjectOf returns the folder of the nearest project from start on up, and its
// environments, sorted: where Find looks, and what it can find there. folder is "" where
// there is none. Errors are those of Find.
func ProjectOf(start, state string) (folder string, envs []Environment, err error) {
	defer naming("find", &err)
	anchors, err := anchor.At(state)
	if err != nil {
		return "", nil, wrap("", err)
	}
	if start, err = filepath.Abs(start); err != nil {
		return "", nil, pathError(start, err)
	}
	real, err := filepath.EvalSymlinks(start)
	if err != nil {
		return "", nil, pathError(start, err)
	}
	for _, from := range slices.Compact([]string{start, real}) {
		for at := from; ; at = filepath.Dir(at) {
			if envs, err = environmentsOf(at, anchors); len(envs) > 0 || err != nil {
				return at, envs, err
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	w := walk{anchors: anchors, attaches: anchors.Attaches()}
	return "", nil, w.moved(real)
}

// environmentsOf lists what a folder has: what lies in it, before what is attached.
func environmentsOf(folder string, anchors anchor.Dir) (envs []Environment, err error) {
	inTree := envsInTree(folder)
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return nil, nil // nothing can be found in it
	}
	place := filepath.Join(real, dotName)
	switch _, known, err := anchors.VaultAt(place); {
	case err != nil:
		return nil, memoryError(place, err)
	case known && !slices.Contains(inTree, ""):
		inTree = append(inTree, "")
	}
	for _, env := range inTree {
		envs = append(envs, Environment{Env: env, Vault: filepath.Join(folder, DotName(env))})
	}
	list, err := anchors.Attached(real)
	if err != nil {
		return nil, attachError(anchors, real, err)
	}
	for _, a := range list {
		if !slices.Contains(inTree, a.Env) {
			envs = append(envs, Environment{a.Env, a.Vault, true})
		}
	}
	slices.SortFunc(envs, func(a, b Environment) int { return strings.Compare(a.Env, b.Env) })
	return envs, nil
}

// KnownVault is a vault that this machine knows at a path, be it there or not.
type KnownVault struct {
	Place
	There    bool
	Attached []Attachment // the folders that it is attached to
}

// KnownVaults lists the vaults that this machine knows, and those that are attached to
// a folder, sorted by path. The error is Unproven where some of the memory cannot be
// read; the rest is there as well.
func KnownVaults(state string) (list []KnownVault, err error) {
	defer naming("list", &err)
	anchors, err := anchor.At(state)
	if err != nil {
		return nil, wrap("", err)
	}
	known, unread := anchors.Known()
	attached, unreadToo := anchors.Attachments()
	of := map[string]*KnownVault{}
	for _, k := range known {
		of[k.Path] = &KnownVault{Place: Place{Path: k.Path}}
	}
	for _, a := range attached {
		if of[a.Vault] == nil {
			of[a.Vault] = &KnownVault{Place: Place{Path: a.Vault}}
		}
		of[a.Vault].Attached = append(of[a.Vault].Attached, a)
	}
	for path, k := range of {
		k.Place, _, _ = Remembered(path, state) // what cannot be read is told
		k.There = holdsVault(path)
		list = append(list, *k)
	}
	slices.SortFunc(list, func(a, b KnownVault) int { return strings.Compare(a.Path, b.Path) })
	if err := errors.Join(unread, unreadToo); err != nil {
		return list, memoryError(anchors.Path, err)
	}
	return list, nil
}
