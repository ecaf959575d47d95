package run

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestMergeNamesEachVariableOnce(t *testing.T) {
	got := Merge([]string{"A=1", "B=2", "A=3", "EMPTY=", "odd"}, map[string]string{"A": "A=secret", "C": "C=x"})
	slices.Sort(got)
	if want := []string{"A=secret", "B=2", "C=x", "EMPTY=", "odd"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What loaders, shells and tools say that they read, each list as its own
// documents have it.
var readByPrograms = map[string]string{
	"glibc, unsecvars.h": "GCONV_PATH GETCONF_DIR GLIBC_TUNABLES HOSTALIASES LD_AUDIT LD_BIND_NOT LD_DEBUG LD_DEBUG_OUTPUT LD_DYNAMIC_WEAK " +
		"LD_HWCAP_MASK LD_LIBRARY_PATH LD_ORIGIN_PATH LD_PRELOAD LD_PROFILE LD_SHOW_AUXV LOCALDOMAIN LOCPATH MALLOC_TRACE NIS_PATH NLSPATH " +
		"RESOLV_HOST_CONF RES_OPTIONS TMPDIR TZDIR",
	"sudo, env.c": "IFS CDPATH LOCALDOMAIN RES_OPTIONS HOSTALIASES NLSPATH PATH_LOCALE LD_X _RLD_LIST SHLIB_PATH LDR_PRELOAD LIBPATH DYLD_X TERMINFO " +
		"TERMINFO_DIRS TERMPATH TERMCAP ENV BASH_ENV PS4 GLOBIGNORE BASHOPTS SHELLOPTS JAVA_TOOL_OPTIONS PERLIO_DEBUG PERLLIB PERL5LIB PERL5OPT PERL5DB " +
		"FPATH NULLCMD READNULLCMD ZDOTDIR TMPPREFIX PYTHONHOME PYTHONPATH PYTHONINSPECT PYTHONUSERBASE RUBYLIB RUBYOPT",
	"dyld(1)": "DYLD_FRAMEWORK_PATH DYLD_INSERT_LIBRARIES DYLD_LIBRARY_PATH DYLD_ROOT_PATH",
	"shells":  "PATH Path BASH_FUNC_ls PROMPT_COMMAND PS1 SHELL",
	"git(1)": "GIT_ASKPASS GIT_CONFIG_COUNT GIT_CONFIG_GLOBAL GIT_CONFIG_KEY_0 GIT_CONFIG_PARAMETERS GIT_DIR GIT_EDITOR GIT_EXEC_PATH GIT_EXTERNAL_DIFF " +
		"GIT_PAGER GIT_PROXY_COMMAND GIT_SEQUENCE_EDITOR GIT_SSH GIT_SSH_COMMAND GIT_SSL_NO_VERIFY GIT_TEMPLATE_DIR GIT_TRACE GIT_CONFIG_KEY_0123456789ab",
	"npm":               "npm_config_script_shell npm_config_node_options npm_config_registry NPM_CONFIG_PREFIX npm_config__authToken",
	"node(1)":           "NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED ELECTRON_RUN_AS_NODE",
	"cargo, rustc":      "CARGO CARGO_HOME CARGO_BUILD_RUSTC_WRAPPER CARGO_REGISTRY_CREDENTIAL_PROVIDER CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER RUSTC RUSTC_WRAPPER RUSTFLAGS",
	".NET":              "CORECLR_ENABLE_PROFILING CORECLR_PROFILER_PATH COR_PROFILER COR_PROFILER_PATH DOTNET_STARTUP_HOOKS COMPlus_EnableDiagnostics MONO_PATH",
	"python(1), pip":    "PYTHONSTARTUP PYTHONWARNINGS PYTHONBREAKPOINT PYTHONPLATLIBDIR PIP_INDEX_URL",
	"perl, ruby":        "PERL5SHELL PERL_MB_OPT RUBYSHELL RUBY_TCP_NO_FAST_FALLBACK GEM_PATH BUNDLE_GEMFILE",
	"others' loaders":   "JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS CLASSPATH LUA_PATH_5_4 LUA_INIT R_PROFILE_USER R_LIBS PHPRC PHP_INI_SCAN_DIR ERL_LIBS OPENSSL_CONF OPENSSL_MODULES",
	"make, compilers":   "MAKEFLAGS MAKEFILES GNUMAKEFLAGS CC GCC_EXEC_PREFIX COMPILER_PATH GOFLAGS GOTOOLCHAIN CGO_CFLAGS",
	"what is fetched":   "http_proxy HTTP_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY ftp_proxy GOPROXY SSLKEYLOGFILE SSL_CERT_FILE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE",
	"what is called":    "EDITOR VISUAL PAGER MANPAGER BROWSER LESSOPEN SSH_ASKPASS SUDO_ASKPASS SYSTEMD_PAGER",
	"Windows, any case": "ComSpec PathExt SystemRoot windir PSModulePath USERPROFILE",
}

func TestDangerous(t *testing.T) {
	for by, names := range readByPrograms {
		for _, name := range strings.Fields(names) {
			if !Dangerous(name) || !Dangerous(strings.ToUpper(name)) || !Dangerous(strings.ToLower(name)) {
				t.Errorf("%s is let through: %s", name, by)
			}
		}
	}
	for _, name := range []string{
		"API_KEY", "PATHS", "LDAP_PASSWORD", "DB_PATH", "ENVIRONMENT", "GITHUB_TOKEN", "GITLAB_TOKEN", "NPM_TOKEN", "NODE_AUTH_TOKEN", "NODE_ENV",
		"GOOGLE_API_KEY", "RUN", "R", "PROXY_PASSWORD", "CORE_KEY", "GIT_https_git_example_0123456789ab", "AWS_SECRET_ACCESS_KEY", "JAVA_KEYSTORE_PASSWORD",
	} {
		if Dangerous(name) {
			t.Errorf("%s is refused", name)
		}
	}
}

// The list that users read is the one that is used.
func TestDangerousNamesAreTold(t *testing.T) {
	listed := regexp.MustCompile(`(?m)^  ([A-Z_*0-9, ]+)$`)
	var told []string
	topic, err := os.ReadFile(filepath.Join("..", "help", "topics", "dangerous-names.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range listed.FindAllStringSubmatch(string(topic), -1) {
		told = append(told, strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	want := slices.Clone(dangerousNames)
	for _, prefix := range dangerousPrefixes {
		want = append(want, prefix+"*")
	}
	slices.Sort(told)
	slices.Sort(want)
	if !slices.Equal(told, want) {
		t.Errorf("the topic tells %q, and the code has %q", told, want)
	}
	for _, suffix := range dangerousSuffixes {
		if !strings.Contains(string(topic), " *"+suffix) {
			t.Errorf("the topic does not tell of *%s", suffix)
		}
	}
}
