package transfer

import (
	"io"
	"slices"
	"strings"
)

// ReadCSV reads the CSV file of a password manager or browser, told by its first
// line:
//
//	Chrome, Edge, Brave, Opera   name,url,username,password[,note]
//	Firefox                      url,username,password,httpRealm,formActionOrigin,guid,time…
//	Apple Passwords, Safari      Title,URL,Username,Password,Notes[,OTPAuth]
//	1Password                    Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes
//	Bitwarden                    folder,favorite,type,name,notes,fields,[reprompt,]login_uri,…
//	Bitwarden, an organization   collections,type,name,notes,fields,[reprompt,]login_uri,…
//	KeePassXC                    Group,Title,Username,Password,URL,Notes[,TOTP,Icon,…]
//
// Capitals do not count, nor does the order of columns. Bitwarden's fields stay
// together as NAME_FIELDS, since its CSV does not tell where one ends: its JSON
// does. Any other first line is an error, see [ReadColumns].
func ReadCSV(r io.Reader, o Entries) (Result, error) {
	return readForms(r, o, csvForms()...)
}

// ReadColumns reads a CSV file of any columns: the value of the column value is
// kept under the name in the column name, and the others are left out.
func ReadColumns(r io.Reader, name, value string, o Entries) (Result, error) {
	t, header, err := readHeader(r)
	if err != nil {
		return Result{}, err
	}
	columns := make(map[string]string)
	for _, want := range []struct{ column, role string }{{name, csvTitle}, {value, csvPassword}} {
		switch n := countEqual(header, want.column); {
		case n == 0:
			return Result{}, fail(ErrSyntax, 1, "the first line has no column %s", printable(want.column))
		case n > 1:
			return Result{}, fail(ErrDuplicate, 1, "the column %s is there %d times", printable(want.column), n)
		}
		columns[strings.ToLower(want.column)] = want.role
	}
	result, err := t.entries(header, columns, o)
	for _, column := range header {
		if columns[strings.ToLower(column)] == csvNothing && err == nil {
			result.Skipped = append(result.Skipped, Skipped{column, "a column that was not asked for", true})
		}
	}
	return result, err
}

// readHeader reads the first line that is not empty.
func readHeader(r io.Reader) (*table, []string, error) {
	t, err := newTable(r)
	if err != nil {
		return nil, nil, err
	}
	header, _, err := t.row()
	if header == nil && err == nil {
		err = fail(ErrSyntax, 0, "the file is empty")
	}
	return t, header, err
}

func countEqual(list []string, s string) (n int) {
	for _, l := range list {
		if strings.EqualFold(l, s) {
			n++
		}
	}
	return n
}

// What a column is.
const (
	csvFolder   = "folder"
	csvTitle    = "title"
	csvPassword = "password"
	csvUsername = "username"
	csvURL      = "url"
	csvOTP      = "otp"
	csvNotes    = "notes"
	csvType     = "type"     // Bitwarden: "note" makes the notes what the entry is there for
	csvArchived = "archived" // 1Password: "true"
	csvGroup    = "group"    // KeePassXC: a folder below that of the database
	csvNothing  = ""         // neither secret nor name
	csvField    = "+"        // a field of its own, NAME_COLUMN
)

// csvForm is a form of CSV: its columns in lower case, and what they are.
type csvForm struct {
	name    string
	columns map[string]string
	// optional columns are only there in some versions.
	optional []string
}

// The headers are what these programs write, as of 2021 to 2026.
func chromeCSV() csvForm {
	return csvForm{"Chrome", map[string]string{
		"name": csvTitle, "url": csvURL, "username": csvUsername, "password": csvPassword, "note": csvNotes,
	}, []string{"note"}}
}

func firefoxCSV() csvForm {
	return csvForm{"Firefox", map[string]string{
		"url": csvURL, "username": csvUsername, "password": csvPassword, "httprealm": csvField, "formactionorigin": csvNothing,
		"guid": csvNothing, "timecreated": csvNothing, "timelastused": csvNothing, "timepasswordchanged": csvNothing,
	}, nil}
}

func appleCSV() csvForm {
	return csvForm{"Apple", map[string]string{
		"title": csvTitle, "url": csvURL, "username": csvUsername, "password": csvPassword, "notes": csvNotes, "otpauth": csvOTP,
	}, []string{"otpauth", "notes"}}
}

func onePasswordCSV() csvForm {
	return csvForm{"1Password", map[string]string{
		"title": csvTitle, "url": csvURL, "username": csvUsername, "password": csvPassword, "otpauth": csvOTP,
		"favorite": csvNothing, "archived": csvArchived, "tags": csvNothing, "notes": csvNotes,
	}, nil}
}

func bitwardenCSV() csvForm {
	return csvForm{"Bitwarden", map[string]string{
		"folder": csvFolder, "favorite": csvNothing, "type": csvType, "name": csvTitle, "notes": csvNotes, "fields": csvField,
		"reprompt": csvNothing, "archiveddate": csvArchived,
		"login_uri": csvURL, "login_username": csvUsername, "login_password": csvPassword, "login_totp": csvOTP,
	}, []string{"reprompt", "archiveddate"}}
}

func bitwardenOrgCSV() csvForm {
	return csvForm{"Bitwarden", map[string]string{
		"collections": csvFolder, "type": csvType, "name": csvTitle, "notes": csvNotes, "fields": csvField, "reprompt": csvNothing,
		"login_uri": csvURL, "login_username": csvUsername, "login_password": csvPassword, "login_totp": csvOTP,
	}, []string{"reprompt"}}
}

func keepassCSV() csvForm {
	return csvForm{"KeePassXC", map[string]string{
		"group": csvGroup, "title": csvTitle, "username": csvUsername, "password": csvPassword, "url": csvURL, "notes": csvNotes,
		"totp": csvOTP, "icon": csvNothing, "last modified": csvNothing, "created": csvNothing,
	}, []string{"totp", "icon", "last modified", "created"}}
}

func csvForms() []csvForm {
	return []csvForm{chromeCSV(), firefoxCSV(), appleCSV(), onePasswordCSV(), bitwardenCSV(), bitwardenOrgCSV(), keepassCSV()}
}

// keepass1 is the first line of a file whose quotes have backslashes before them.
var keepass1 = []string{"account", "login name", "password", "web site", "comments"}

// readForms reads CSV that has to be in one of the forms.
func readForms(r io.Reader, o Entries, forms ...csvForm) (Result, error) {
	t, header, err := readHeader(r)
	if err != nil {
		return Result{}, err
	}
	lower := make([]string, len(header))
	for i, h := range header {
		lower[i] = strings.ToLower(h)
	}
	for _, form := range forms {
		if form.fits(lower) {
			return t.entries(header, form.columns, o)
		}
	}
	if slices.Equal(lower, keepass1) {
		return Result{}, fail(ErrForm, 0, "this is KeePass's CSV (1.x), whose quotes differ from program to program: export XML, or let keepassxc-cli read the database")
	}
	names := make([]string, 0, len(forms))
	for _, form := range forms {
		if !slices.Contains(names, form.name) {
			names = append(names, form.name)
		}
	}
	// The line itself is not shown: without a header it holds a password.
	return Result{}, fail(ErrForm, 0, "the first line has not the columns of %s", strings.Join(names, ", "))
}

// fits tells whether these are the form's columns, in any order.
func (f csvForm) fits(lower []string) bool {
	for _, column := range lower {
		if _, ok := f.columns[column]; !ok || countEqual(lower, column) > 1 {
			return false
		}
	}
	for column := range f.columns {
		if !slices.Contains(f.optional, column) && !slices.Contains(lower, column) {
			return false
		}
	}
	return true
}

// entries reads the rows after the header.
func (t *table) entries(header []string, columns map[string]string, o Entries) (Result, error) {
	var list entries
	for {
		row, line, err := t.row()
		if err != nil {
			return Result{}, err
		}
		if row == nil {
			return list.secrets(o)
		}
		if err := list.addRow(header, row, columns, line); err != nil {
			return Result{}, err
		}
	}
}

func (l *entries) addRow(header, row []string, columns map[string]string, line int) error {
	e, err := l.begin(line)
	if err != nil {
		return err
	}
	isNote, leftOut, notes := false, "", ""
	for i, cell := range row {
		switch role := columns[strings.ToLower(header[i])]; role {
		case csvFolder:
			e.folder = cell
		case csvGroup:
			_, e.folder, _ = strings.Cut(cell, "/") // the first is the database's own
			if e.folder == recycleBin || strings.HasPrefix(e.folder, recycleBin+"/") {
				leftOut = "it is in the recycle bin"
			}
		case csvTitle:
			e.title = cell
		case csvType:
			isNote = cell == "note"
		case csvArchived:
			if cell != "" && !strings.EqualFold(cell, "false") {
				leftOut = "it is archived"
			}
		case csvPassword:
			err = e.set(mainField, cell)
		case csvURL:
			err = e.setURL(cell)
		case csvUsername:
			err = e.set(usernameField, cell)
		case csvOTP:
			err = e.set(otpField, cell)
		case csvNotes:
			notes = cell
		case csvField:
			err = e.set(camelLabel(header[i]), cell)
		case csvNothing:
		}
		if err != nil {
			return err
		}
	}
	if leftOut != "" {
		l.skip(e.path(true), "%s", leftOut)
		return nil
	}
	if err := e.set(e.notesLabel(isNote), notes); err != nil {
		return err
	}
	l.add(e)
	return nil
}

// recycleBin is what KeePassXC calls it in English; its XML tells it in any
// language.
const recycleBin = "Recycle Bin"
