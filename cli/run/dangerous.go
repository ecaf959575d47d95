package run

import (
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/pattern"
)

// A variable can make a program load, run, find or trust something else. Whoever
// may write to a vault could so decide what its readers run. What is here is what
// loaders, shells, interpreters, build tools and those that fetch over a network
// document; tacit help dangerous-names says the same, and a test holds both
// together. No list is complete: what is not in it is not harmless for that.

// dangerousPrefixes are families of variables, all of them refused.
var dangerousPrefixes = []string{
	"LD_", "DYLD_", "LDR_", "_RLD", "BASH_", // loaders, shells
	"GIT_", "NPM_CONFIG_", "YARN_", "COREPACK_", "CARGO_", "RUSTC", "PIP_", "CMAKE_", "CGO_", "TF_CLI_", // tools
	"PYTHON", "PERL", "RUBY", "LUA_", "JULIA_", "R_", "ELECTRON_", // interpreters
	"CORECLR_", "COR_", "COMPLUS_", "DOTNET_", "MONO_", // .NET
	"OPENSSL_", "XDG_", "GTK_", "GIO_", "QT_", "GST_PLUGIN_", // libraries
}

// dangerousSuffixes are those of HTTP_PROXY, no_proxy and their like.
var dangerousSuffixes = []string{"_PROXY"}

// dangerousNames are refused besides.
var dangerousNames = []string{
	// Shells, and what finds programs.
	"PATH", "PATHEXT", "COMSPEC", "SYSTEMROOT", "WINDIR", "PSMODULEPATH", "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
	"SHELL", "IFS", "ENV", "CDPATH", "FPATH", "PATH_LOCALE", "BASHOPTS", "SHELLOPTS", "GLOBIGNORE", "INPUTRC",
	"PROMPT_COMMAND", "PS0", "PS1", "PS2", "PS4", "NULLCMD", "READNULLCMD", "ZDOTDIR", "TMPPREFIX", "TMPDIR",
	// The C library, and other loaders.
	"LIBPATH", "SHLIB_PATH", "GCONV_PATH", "GETCONF_DIR", "GLIBC_TUNABLES", "HOSTALIASES", "LOCALDOMAIN", "LOCPATH",
	"MALLOC_CONF", "MALLOC_TRACE", "NIS_PATH", "NLSPATH", "RESOLV_ADD_TRIM_DOMAINS", "RESOLV_HOST_CONF", "RES_OPTIONS",
	"TERMCAP", "TERMINFO", "TERMINFO_DIRS", "TERMPATH", "TZDIR", "GDK_PIXBUF_MODULE_FILE", "GI_TYPELIB_PATH", "__COMPAT_LAYER",
	// Interpreters.
	"NODE_OPTIONS", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_REPL_EXTERNAL_MODULE",
	"BUN_OPTIONS", "BUN_INSPECT_PRELOAD", "DENO_DIR", "GEM_HOME", "GEM_PATH", "BUNDLE_APP_CONFIG", "BUNDLE_GEMFILE", "BUNDLE_PATH",
	"PHPRC", "PHP_INI_SCAN_DIR", "TCLLIBPATH", "GUILE_LOAD_PATH", "EMACSLOADPATH", "__PYVENV_LAUNCHER__",
	"JAVA_HOME", "JAVA_OPTS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "JRE_HOME", "CLASSPATH", "MAVEN_OPTS", "GRADLE_OPTS",
	"ERL_AFLAGS", "ERL_FLAGS", "ERL_LIBS", "ERL_ZFLAGS", "ELIXIR_ERL_OPTIONS", "CAML_LD_LIBRARY_PATH", "GHCRTS",
	// Building.
	"MAKEFLAGS", "MAKEFILES", "GNUMAKEFLAGS", "MFLAGS", "CC", "CXX", "LD", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "RUSTFLAGS",
	"CARGO", "COMPILER_PATH", "GCC_EXEC_PREFIX", "LIBRARY_PATH", "CPATH", "PKG_CONFIG_PATH", "RUSTUP_TOOLCHAIN",
	"GOENV", "GOFLAGS", "GOPATH", "GOPROXY", "GONOSUMDB", "GOROOT", "GOSUMDB", "GOTOOLCHAIN", "GODEBUG",
	// What programs call, or connect to.
	"EDITOR", "VISUAL", "FCEDIT", "PAGER", "MANPAGER", "MANOPT", "BROWSER", "LESSOPEN", "LESSCLOSE", "LESSKEYIN", "VIMINIT", "EXINIT",
	"SYSTEMD_EDITOR", "SYSTEMD_PAGER", "PSQL_EDITOR", "PSQL_PAGER", "HGEDITOR", "HGRCPATH", "SVN_EDITOR", "SVN_SSH", "CVS_RSH", "RSYNC_RSH",
	"SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "SSH_AUTH_SOCK", "SUDO_ASKPASS", "SUDO_EDITOR",
	// Whom programs trust.
	"SSLKEYLOGFILE", "SSL_CERT_DIR", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "CURL_HOME", "REQUESTS_CA_BUNDLE", "KRB5_CONFIG", "KRB5_KTNAME", "WGETRC",
}

// ownCredential are the names that tacit git-credential gives to what it keeps:
// git reads no variable of that form.
var ownCredential = pattern.New(`^GIT_[A-Za-z0-9_-]*_[0-9a-f]{12}$`)

// Dangerous tells whether a variable of the name makes a program load, run, find
// or trust something else. Systems differ in case, and programs do (http_proxy
// and HTTP_PROXY are both read): the comparison is the widest.
func Dangerous(name string) bool {
	upper := strings.ToUpper(name)
	if ownCredential.Regexp().MatchString(name) && !strings.HasPrefix(upper, "GIT_CONFIG") {
		return false
	}
	begins := func(prefix string) bool { return strings.HasPrefix(upper, prefix) }
	ends := func(suffix string) bool { return strings.HasSuffix(upper, suffix) }
	return slices.ContainsFunc(dangerousPrefixes, begins) || slices.ContainsFunc(dangerousSuffixes, ends) || slices.Contains(dangerousNames, upper)
}
