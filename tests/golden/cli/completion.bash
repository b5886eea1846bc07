# bash completion of culvert: source it, or put it into /usr/share/bash-completion/completions/culvert
_culvert() {
  local word=${COMP_WORDS[COMP_CWORD]} words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='run help'
  else
    case ${COMP_WORDS[1]} in
      run) words='--out' ;;
      help) words='exit-codes' ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _culvert culvert
