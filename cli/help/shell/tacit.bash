# bash completion for tacit. Load it with:  source <(tacit completion bash)
# What was typed is handed over as arguments, and never evaluated; what is offered
# is quoted, because a label may hold anything that prints.
_tacit() {
	local line kind="" value word=${COMP_WORDS[COMP_CWORD]}
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:*) kind=$line ;;
		*)
			value=${line%%$'\t'*}
			case $value in *[!A-Za-z0-9_.,:/@%+=-]*) printf -v value %q "$value" ;; esac
			COMPREPLY+=("$value")
			;;
		esac
	done < <(command tacit __complete --split -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
	case $kind in
	:files) compopt -o default 2>/dev/null ;;
	:dirs) compopt -o dirnames 2>/dev/null ;;
	:command) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -c -- "$word") ;;
	esac
}
complete -F _tacit tacit
