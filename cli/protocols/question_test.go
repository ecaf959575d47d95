package protocols

import (
	"strings"
	"testing"
)

// questions are asked by programs, in their own words.
var questions = map[question][]string{
	asksSecret: {
		// ssh, ssh-add, ssh-keygen, ssh-agent
		"Enter passphrase for key '/home/me/.ssh/id_ed25519': ", "Enter passphrase for /home/me/.ssh/id_rsa: ", "Enter passphrase for /home/me/.ssh/id_rsa (will confirm each use): ",
		"Bad passphrase, try again for /home/me/key (will confirm each use): ", "me@host's password: ", "(me@host) Password: ", "(me@host) Password for me@host: ",
		"Enter me@host's old password: ", "Retype me@host's new password: ", "Enter PIN for ED25519-SK key /home/me/.ssh/id: ", "Enter PIN for 'YubiKey PIV #1234': ", "Enter PIN for authenticator: ",
		"Enter passphrase for PKCS#11: ", "Enter passphrase (empty for no passphrase): ", "Enter passphrase for \"key\" (empty for no passphrase): ", "Enter same passphrase again: ", "Enter old passphrase: ",
		"Enter lock password: ", "Again: ", "Enter passphrase: ",
		// what is chosen by others looks like another question
		"Enter passphrase for key '/home/me/yes/no/id': ", "Enter passphrase for key '/srv/Username for/o'brien (yes/no)/id': ", "Enter passphrase for /home/me/otp/allow/id: ",
		"username@host's password: ", "login@allow.example's password: ", "Password for 'https://username@git.example': ", "Password for 'https://one-time.example/accept': ",
		"[sudo] password for username: ", "[sudo] password for otp: ", "[sudo: authenticate] Password: ",
		// git, git-lfs, psql, svn
		"Password for 'https://me@git.example:8443': ", "Password for 'cert:///home/me/c.pem': ", "Password for \"https://me@git.example\"", "Password for user postgres: ", "Enter password for user root:", "Enter login password:",
		// PAM
		"Password: ", "Current password: ", "(current) UNIX password: ", "New password: ", "You are required to change your password.\nCurrent password: ", "Enter personal access token: ", "Confirm new password: ",
		// sudo, as it is translated
		"[sudo] %p jelszava: ", "[sudo] %p のパスワード:", "[sudo] %p 的密码：", "[sudo] %p 的密碼：", "[sudo] %p 암호: ", "[sudo] %p-käyttäjän salasana: ", "[sudo] Mot de passe de %p : ", "[sudo] Passwort für %p: ",
		"[sudo] adgangskode for %p: ", "[sudo] contrasenya per a %p: ", "[sudo] contraseña para %p: ", "[sudo] hasło użytkownika %p: ", "[sudo] heslo pre používateľa %p: ", "[sudo] lozinka za %p: ", "[sudo] lösenord för %p: ",
		"[sudo] mật khẩu dành cho %p: ", "[sudo] parola pentru %p: ", "[sudo] passord for %p: ", "[sudo] password di %p: ", "[sudo] pasvorto por %p: ", "[sudo] senha para %p: ", "[sudo] wachtwoord voor %p: ", "[sudo] пароль для %p: ", "[sudo] პაროლი %p-სთვის: ", "[судо] лозинка за корисника %p: ",
		// PAM, as it is translated
		"Adgangskode: ", "Contrasenya: ", "Contraseña: ", "Contrasigno: ", "Focal faire: ", "Geslo: ", "Hasło: ", "Heslo: ", "Iphasiwedi: ", "Jelszó: ", "Lozinka: ", "Lösenord: ", "Mot de passe : ", "Mật khẩu : ", "Palavra-passe: ", "Parola: ", "Parolă: ", "Parool: ",
		"Pasahitza: ", "Passord: ", "Passwort: ", "Pasvorto: ", "Salasana: ", "Sandi:", "Senha: ", "Slaptažodis: ", "Wachtwoord: ", "Şifrə: ", "Κωδικός πρόσβασης:", "Лозинка: ", "Парола: ", "Пароль: ", "ססמה: ", "كلمة السر: ", "गुप्तशब्द: ", "शब्दकूट: ", "গুপ্তশব্দ:",
		"পাসওয়ার্ড: ", "ਪਾਸਵਰਡ: ", "પાસવર્ડ: ", "ପ୍ରବେଶ ସଙ୍କେତ: ", "கடவுச்சொல்:", "సంకేతపదము: ", "ಗುಪ್ತಪದ: ", "അടയാളവാക്ക്: ", "රහස්පදය: ", "პაროლი:", "ពាក្យសម្ងាត់ ៖ ", "パスワード:", "密码： ", "密碼： ", "암호: ",
		"Passwort für „https://me@git.example“: ", "Passwort für 'https://me@git.example': ",
	},
	asksName: {
		"Username for https://password.example: ", "username and password: ", "login as: ", "Login: ", "User: ", "User name: ", "Benutzername für 'https://passwort.example': ", "Nombre de usuario: ", "Имя пользователя: ", "用户名: ",
		"Username for 'https://git.example': ", "Username for \"https://git.example\"",
	},
	asksConsent: {
		"The authenticity of host 'password.example (127.0.0.1)' can't be established.\nED25519 key fingerprint is SHA256:x/pin+y.\nThis key is not known by any other names.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ",
		"Are you sure you want to continue connecting (yes/no)? ", "Accept updated hostkeys? (yes/no): ", "Store password unencrypted (yes/no)? ", "Use the saved password [Y/n]? ", "Kennwort speichern (ja/nein)? ", "Enregistrer le mot de passe (o/N) ? ",
		"Allow use of key my password?\nKey fingerprint SHA256:a+pin+b.", "Allow use of key /home/me/password", "Allow forwarding of my passphrase key", "Confirm user presence for key ED25519-SK SHA256:x", "Save password? ", "Remember this passphrase?",
		"Do you want to give the password?", "Overwrite the password? [y|n]", "Type yes or no, and not your password: ",
	},
	asksCode: {
		"Verification code: ", "(me@host) Verification code: ", "One-time password (OATH) for `me': ", "Enter OTP: ", "OTP password: ", "Passcode or option (1-3): ", "Enter PASSCODE: ", "Mot de passe à usage unique : ",
		"Contraseña de un solo uso: ", "Einmalpasswort: ", "Одноразовый пароль: ", "(me@host) Enter your TOTP: ",
	},
	asksElse: {
		"", " ", "\n", ":", "Are they here?", "https://password.example", "'password'", "Enter file in which to save the key (/home/me/.ssh/id_rsa): ", "otp-md5 97 ab1234", "Response: ", "Code: ",
		"Please type 'yes', 'no' or the fingerprint: ", "Key fingerprint SHA256:a/pin/b", "me@password", "(password@host) ", "\xff\xfe", "Benutzung: ", "[sudo] ",
	},
}

func TestQuestions(t *testing.T) {
	for want, prompts := range questions {
		for _, prompt := range prompts {
			for _, spelled := range []string{prompt, strings.ToUpper(prompt), prompt + "\n"} {
				if got := askedFor(spelled, ""); got != want && (want == asksSecret || got == asksSecret) {
					t.Errorf("%q: %d, want %d", spelled, got, want)
				}
			}
			if got := askedFor(prompt, ""); got != want && want != asksElse {
				t.Errorf("%q: %d, want %d", prompt, got, want)
			}
			for _, hint := range []string{"confirm", "none", "another"} {
				if askedFor(prompt, hint) == asksSecret {
					t.Errorf("%q is answered, though ssh says %s", prompt, hint)
				}
			}
		}
	}
}

// FuzzQuestion: no question is too odd to be judged, and a choice is never a
// question for a secret.
func FuzzQuestion(f *testing.F) {
	for _, prompts := range questions {
		for _, prompt := range prompts {
			f.Add(prompt)
		}
	}
	f.Fuzz(func(t *testing.T, prompt string) {
		q := askedFor(prompt, "")
		if (mayAnswer(q, prompt) == nil) != (q == asksSecret) {
			t.Fatalf("%q: %d", prompt, q)
		}
		if askedFor("Username for 'https://"+strings.ReplaceAll(prompt, "'", "")+"': ", "") == asksSecret && !strings.Contains(prompt, "\n") {
			t.Fatalf("a user's name is answered for %q", prompt)
		}
		if askedFor(prompt+"\nAre you sure (yes/no)? ", "") == asksSecret {
			t.Fatalf("yes is answered after %q", prompt)
		}
	})
}
