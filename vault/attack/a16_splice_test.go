package attack

import (
	"os"
	"path/filepath"
	"strings"
)

// splices are A16: half of one honest state with half of another.
var splices = attack{"A16", "splice two honest states", []kind{
	{name: "by key space", do: func(v *victim) want {
		var taken []string
		for _, space := range []string{"i", "k/", "l/", "s/", "z"} {
			if v.rng.IntN(2) == 0 {
				taken = append(taken, space)
			}
		}
		return v.splice(v.dump(v.before(false).dir), func(key string) bool {
			for _, space := range taken {
				if strings.HasPrefix(key, space) {
					return true
				}
			}
			return false
		})
	}},
	{name: "all but the head", do: func(v *victim) want {
		return v.splice(v.dump(v.before(false).dir), func(key string) bool { return key != "z" })
	}},
	{name: "by chance", do: func(v *victim) want {
		return v.splice(v.dump(v.before(false).dir), func(string) bool { return v.rng.IntN(2) == 0 })
	}},
	{name: "of two vaults", do: func(v *victim) want {
		dir := filepath.Join(v.root, "other")
		v.another().build(v, dir)
		return v.splice(v.dump(dir), func(key string) bool { return key != "z" && v.rng.IntN(3) == 0 })
	}},
	{name: "files of the database", do: func(v *victim) want { return v.spliceFiles("db") }},
	{name: "files of the folder", do: func(v *victim) want { return v.spliceFiles("") }},
}}

// splice takes the entries that pick picks from another state.
func (v *victim) splice(other dump, pick func(key string) bool) want {
	d, change := v.dump(v.dir), dump{}
	for key := range d {
		if pick(key) {
			change[key] = other[key] // nil where there was none
		}
	}
	for key, b := range other {
		if _, there := d[key]; !there && pick(key) {
			change[key] = b
		}
	}
	v.put(change)
	return want{loose: true}
}

// spliceFiles takes half of the files from an older copy, and may lose some.
func (v *victim) spliceFiles(under string) want {
	past := v.before(false)
	for _, side := range []string{v.dir, past.dir} {
		v.must(filepath.WalkDir(filepath.Join(side, under), func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || d.Name() == "ballast" || v.rng.IntN(2) == 0 {
				return err
			}
			rel, err := filepath.Rel(side, path)
			if err != nil {
				return err
			}
			if _, err := os.Stat(filepath.Join(past.dir, rel)); err != nil {
				if v.rng.IntN(2) == 0 {
					return os.Remove(path)
				}
				return nil
			}
			return copyFile(filepath.Join(past.dir, rel), filepath.Join(v.dir, rel))
		}))
	}
	return want{loose: true}
}
