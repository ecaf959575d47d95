#compdef tacit
# zsh completion for tacit. Put it into a folder of $fpath as _tacit, or load it
# with:  source <(tacit completion zsh)
# What was typed is handed over as arguments, and never evaluated.
_tacit() {
	local line kind="" text
	local -a values shown
	while IFS= read -r line; do
		case $line in
		:*) kind=$line ;;
		*)
			values+=("${line%%$'\t'*}")
			text=${line#*$'\t'}
			if [[ $text == $line ]]; then shown+=("$line"); else shown+=("${line%%$'\t'*}  -- $text"); fi
			;;
		esac
	done < <(command tacit __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
	(( $#values )) && compadd -l -d shown -a values
	case $kind in
	:files) _files ;;
	:dirs) _files -/ ;;
	:command) _command_names -e ;;
	esac
}
if [[ ${funcstack[1]} == _tacit ]]; then _tacit "$@"; else compdef _tacit tacit; fi
