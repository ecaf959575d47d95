# fish completion for tacit. Put it into ~/.config/fish/completions/tacit.fish, or
# load it with:  tacit completion fish | source
# What was typed is handed over as arguments, and never evaluated.
function __tacit_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (command tacit __complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path (commandline -ct)
            case ':dirs'
                __fish_complete_directories (commandline -ct)
            case ':command'
                __fish_complete_command
            case '*'
                echo $line
        end
    end
end
complete -c tacit -f -a '(__tacit_complete)'
