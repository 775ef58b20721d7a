# Completion of xnet for bash. Load it with: source <(xnet completions bash)
_xnet() {
    local -a words=()
    local rest=$COMP_LINE word trimmed i
    # bash cuts words at `=` and `:` too; what stands together in the line is one word.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        trimmed=${rest#"${rest%%[![:space:]]*}"}
        if ((i > 0)) && [[ $trimmed == "$rest" && -n $rest ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        rest=${trimmed#"$word"}
    done
    local current=${words[${#words[@]} - 1]} prefix= line kind= value quoted
    [[ $COMP_WORDBREAKS == *[=:]* && $current == *[=:]* ]] && prefix=${current%"${current##*[=:]}"}
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
            continue
        fi
        value=${line%%$'\t'*}
        value=${value#"$prefix"}
        printf -v quoted %q "$value"
        COMPREPLY+=("$quoted")
    done < <("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
    current=${current#"$prefix"}
    case $kind in
        files) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current") ;;
        folders) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$current") ;;
    esac
    if [[ $kind == files || $kind == folders ]]; then
        compopt -o filenames 2>/dev/null
    elif ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}
complete -F _xnet xnet
