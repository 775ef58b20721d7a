#compdef xnet
# Completion of xnet for zsh. Load it with: source <(xnet completions zsh), or save it as _xnet in a folder of $fpath.
_xnet() {
    local -a lines values shown open_values open_shown
    local line kind value help
    lines=("${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    kind=${lines[1]}
    for line in "${(@)lines[2,-1]}"; do
        value=${line%%$'\t'*}
        help=${line#*$'\t'}
        [[ -n $help && $help != "$line" ]] && help="$value  -- $help" || help=$value
        if [[ $value == *= ]]; then
            open_values+=("$value")
            open_shown+=("$help")
        else
            values+=("$value")
            shown+=("$help")
        fi
    done
    (( ${#values} )) && compadd -l -d shown -a values
    # A value follows `name=` at once.
    (( ${#open_values} )) && compadd -l -S '' -d open_shown -a open_values
    case $kind in
        files) _files ;;
        folders) _files -/ ;;
    esac
    return 0
}
if [ "${funcstack[1]}" = "_xnet" ]; then
    _xnet "$@"
else
    compdef _xnet xnet
fi
