package protocols

import (
	"strings"

	"github.com/tacit-vault/tacit/cli/pattern"
)

// A question is what a program asks for.
type question int

const (
	asksElse    question = iota // what is not understood
	asksSecret                  // a password, passphrase, PIN, token
	asksName                    // a user
	asksConsent                 // yes or no
	asksCode                    // a code that serves once
)

// secretWords are what programs call a secret, as ssh, git, sudo and PAM ask for
// it in the languages that they speak; stems, in lower case.
var secretWords = pattern.New(`passphrase|pass phrase|passwor[dt]|passwd|kennwort|kennsatz|mot de passe|phrase de passe|phrase secrète
|contraseña|contrasenya|contrasigno|contrasinal|frase de paso|senha|palavra-passe|parola|parolă|parool|hasł|heslo|jelsz|geslo|lozink|лозинк|парол|пароль
|lösenord|lösenfras|wachtwoord|wachtzin|adgangskode|adgangsfrase|passord|passfrase|salasan|tunnuslause|lykilorð|slaptažod|pasahitz|pasvort|şifr|sandi
|mật khẩu|fjalëkalim|cyfrinair|focal faire|iphasiwedi|κωδικό. πρόσβαση|συνθηματικ|პაროლ|ססמה|סיסמה|كلمة السر|كلمة المرور|رمز عبور|گذرواژه
|गुप्तशब्द|पासवर्ड|शब्दकूट|গুপ্তশব্দ|পাসওয়ার্ড|ਪਾਸਵਰਡ|પાસવર્ડ|ପ୍ରବେଶ ସଙ୍କେତ|கடவுச்சொல்|సంకేతపద|ಗುಪ್ತಪದ|അടയാളവാക്ക്|රහස්පද|รหัสผ่าน|ពាក្យសម្ងាត់
|パスワード|パスフレーズ|密码|密碼|口令|通行短语|암호|비밀번호
|\bpin\b|\bsecret\b|\btoken\b|\bapi key\b`)

// nameWords are what programs call a user. "Password for user postgres" is no
// question for one: what comes first counts.
var nameWords = pattern.New(`user ?name|user-name|user ?id\b|\blogin( name| as| id)?\s*[:：]|\buser\s*[:：]|account name|e-?mail
|benutzer(name)?\b|identifiant|nom d.utilisateur|usuario|usuário|utilizador|nome utente|gebruikersnaam|användarnamn|brugernavn|brukernavn|käyttäjätunnus
|nazwa użytkownika|uživatelské jméno|kullanıcı adı|имя пользователя|логин|користувач|όνομα χρήστη|ユーザー名|用户名|使用者名稱|帳號|사용자 이름`)

// codeWords are what programs call a code that is another each time.
var codeWords = pattern.New(`one[- ]time|\bh?t?otp\b|verification code|authenticat(or|ion) code|security code|token ?code|pass ?code|\bsms\b|\b2fa\b|\bmfa\b|two[- ]factor|second factor
|einmal|usage unique|un solo uso|uso único|monouso|eenmalig|engångs|engangs|jednoraz|jednorázov|kertakäyttö|tek kullanımlık|одноразов|ワンタイム|一次性|일회용`)

// consentWords begin a question for yes or no, besides those that name the two.
var consentWords = pattern.New(`are you sure|\ballow\b|\baccept\b|\btrust\b|\bdo you\b|would you|\bmay i\b|\bconfirm user presence\b|\btouch\b
|\b(save|store|remember|forget|delete|reset|change|show)\b`)

// keyConsent is how ssh-agent and ssh ask, before lines that do not.
var keyConsent = pattern.New(`^allow (use|forwarding) of|^allow .*\bkey\b|the authenticity of host|confirm user presence`)

// choice are answers to choose from: (yes/no/[fingerprint]), [Y/n], (o/N).
var choice = pattern.New(`[(\[]\s*['"]?\pL{1,20}['"]?\s*([/|]\s*\[?['"]?\pL{1,20}['"]?\]?\s*)+[)\]]|\byes\b.*\bno\b`)

// again is what ssh-add asks after its lock password, to be sure of it.
var again = pattern.New(`^again\W*$`)

// What somebody else has chosen is no part of a question: what stands in quotes
// (an address, a path), who asks ("(me@host) "), users, addresses, paths and
// fingerprints.
var chosenByOthers = []*pattern.Pattern{
	pattern.New(`(?s)(^|[\s(:])('.*?'|".*?"|` + "`.*?['`]" + `|‘.*?’|“.*?”|„.*?[“”]|«.*?»)($|[\s:：)?.,;])`),
	pattern.New(`(sha256|md5):\S*`),
	pattern.New(`\S*@\S*`),
	pattern.New(`\S*/\S*`),
}

// askedFor tells what a program's question asks for. Hint is what ssh says of it
// in SSH_ASKPASS_PROMPT: "confirm" for yes or no, "none" where there is nothing to
// answer; for a secret it is not set.
func askedFor(prompt, hint string) question {
	if hint != "" {
		return asksConsent
	}
	whole := strings.TrimSpace(strings.ToLower(prompt))
	if keyConsent.Regexp().MatchString(whole) {
		return asksConsent
	}
	plain := strings.TrimSpace(chosenByOthers[0].Regexp().ReplaceAllString(whole, "$1 $3"))
	line := plain[strings.LastIndexByte(plain, '\n')+1:]
	if own, ok := strings.CutPrefix(line, "[sudo"); ok {
		// The words are sudo's, but for the user's name.
		if secretWords.Regexp().MatchString(own) && !choice.Regexp().MatchString(own) {
			return asksSecret
		}
		return asksElse
	}
	if choice.Regexp().MatchString(line) {
		return asksConsent
	}
	for _, part := range chosenByOthers[1:] {
		line = part.Regexp().ReplaceAllString(line, " ")
	}
	if line = strings.TrimSpace(line); again.Regexp().MatchString(line) {
		return asksSecret
	}
	return firstOf(line)
}

// firstOf is what the first word asks for that tells it.
func firstOf(line string) (q question) {
	at := len(line)
	for _, kind := range []struct {
		words *pattern.Pattern
		question
	}{{codeWords, asksCode}, {consentWords, asksConsent}, {nameWords, asksName}, {secretWords, asksSecret}} {
		if found := kind.words.Regexp().FindStringIndex(line); found != nil && found[0] < at {
			at, q = found[0], kind.question
		}
	}
	// In many languages "for one use" comes after "password".
	if q == asksSecret && codeWords.Regexp().MatchString(line) && !strings.HasPrefix(line[at:], "passphrase") {
		return asksCode
	}
	return q
}
