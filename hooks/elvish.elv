# vault: the hook for elvish, 0.18 and later.
#
# Defines functions and, in the line that follows this text, the one that you type. elvish
# evaluates the text in a room of its own: only that name is seen outside. Before a prompt the
# hook looks at the clock; edit:prompt shows the indicator in front of what it showed before.
# The answer of the binary is JSON. Variables here are seen by no program. Names: see bash.sh.
use str
use path
use re
use math
var bin = '@VAULT@'
var automounts = [(str:split ':' '@AUTOMOUNTS@')] # see bash.sh
var value-flags = ['@VALUE_FLAGS@']
var kept = [&]
var version = ''
var v = [&previous='' &deadline='' &expires='' &shown='' &mark='' &protected='' &tries='' &time='' &stamp='' &message='' &themes='' &alive='']
if (has-env AWS_VAULT_SHELL_STATE) { set v[deadline] = 0 }
var seen = 0
var pwd-seen = ''
var files = []
var near = ''
var found = ''
var hand = ''
var gone = $false
var known = ''
var offset = ''
var counts = $false
try { slurp < /proc/uptime > /dev/null; set counts = $true } catch { }

# Runs the binary and applies its answer, if the answer is complete. If the binary fails,
# this function fails too, and nothing has changed.
fn apply {|@words|
  var all = [--kept=(str:join ' ' [(keys $kept)]) --previous=$v[previous] --tries=$v[tries] --person=$v[mark] --dir=$pwd --hand=$hand --stamp=$v[stamp] --pid=$pid]
  var lines = [((external $bin) __shell elvish $@all -- $@words)]
  if (or (== (count $lines) 0) (not-eq $lines[-1] ':vault:end:')) {
    fail 'vault: the answer was cut short; nothing was changed'
  }
  var answer = (echo $lines[0] | from-json)
  for op $answer[ops] {
    var kind = $op[0]
    var name = $op[1]
    if (eq $kind set) {
      set-env $name $op[2]
    } elif (eq $kind unset) {
      unset-env $name
    } elif (eq $kind keep) {
      set kept[$name] = (get-env $name)
    } elif (eq $kind restore) {
      set-env $name $kept[$name]
      set kept = (dissoc $kept $name)
    } else {
      set kept = (dissoc $kept $name)
    }
  }
  for name [(keys $answer[locals])] {
    set v[(str:trim-prefix $name __vault_)] = $answer[locals][$name]
  }
  if $counts { set offset = (- $v[time] (num (re:find '^[0-9]+' (slurp < /proc/uptime))[text])) }
}

# The word that changes this shell; empty for all other calls, and for every --help.
fn change {|@words|
  var skip = $false
  var change = ''
  for word $words {
    if $skip {
      set skip = $false
    } elif (or (eq $word -h) (eq $word --help)) {
      set change = ''
      break
    } elif (eq $word --) {
      break
    } elif (has-value $value-flags $word) {
      set skip = $true
    } elif (or (not-eq $change '') (str:has-prefix $word -)) {
      continue
    } elif (has-value [use off refresh region guard] $word) {
      set change = $word
    } else {
      if (has-value [allow deny doctor] $word) { set change = $word }
      break
    }
  }
  put $change
}

# Where .awsprofile could be, and the nearest of them. Links are skipped: elvish 0.19 cannot
# distinguish a link from a missing file without following it, and it may point to a server
# that does not answer. The binary finds the link when it is called for another reason.
fn look {
  if (not-eq $pwd $pwd-seen) {
    set pwd-seen = $pwd
    set files = []
    var last = [~]
    if (has-env AWS_VAULT_CEILING_DIRECTORIES) { set last = [$@last (str:split ':' (get-env AWS_VAULT_CEILING_DIRECTORIES))] }
    var at = $pwd
    while (and (< (count $files) 256) (not (has-value $automounts $at))) {
      set files = [$@files (path:join $at .awsprofile)]
      if (or (has-value $last $at) (eq $at (path:dir $at))) { break }
      set at = (path:dir $at)
    }
  }
  set near = ''
  for file $files {
    if (or (path:is-regular $file) (path:is-dir $file)) {
      set near = $file
      break
    }
  }
}

# The content of the nearest file: elvish 0.19 cannot read file times.
fn text {
  if (or (eq $near '') (str:has-suffix $v[stamp] .fixed) (not (path:is-regular $near))) {
    put ''
  } else {
    try { slurp < $near } catch { put '' }
  }
}

# Seconds since 1970. elvish 0.19 has no clock. On Linux the system tells how long the
# machine has run, and the binary told what time it was then. Other systems run date while a
# profile is active.
fn uptime { num (re:find '^[0-9]+' (slurp < /proc/uptime))[text] }

fn now {
  if (and $counts (not-eq $offset '')) {
    put (+ (uptime) $offset)
  } else {
    put (num ((external date) +%s))
  }
}

# Calls the binary. If it is missing, because it is being replaced, one message says so.
fn ask {
  if (not (path:is-regular &follow-symlink=$true $bin)) {
    if (not $gone) { echo 'vault: '$bin' is gone; nothing is renewed until it is back' >&2 }
    set gone = $true
    set found = '?'
    return
  }
  set gone = $false
  set v[deadline] = (if (eq $v[deadline] '') { put '' } else { to-string (+ (now) 60) }) # should this fail
  try { apply prompt } catch { set v[stamp] = '' }
}

# Runs before each prompt. A quiet prompt looks for files, reads the nearest, and compares,
# without a process.
fn prompt {
  look
  var at = (text)
  var due = $false
  if (not-eq $near $found) {
    set due = $true
    set found = $near
    if (not-eq $near $hand) { set hand = '' }
  } elif (not-eq $near '') {
    set due = (or (not-eq $at $known) (and (not-eq $v[stamp] '') (not (path:is-regular $v[stamp]))))
  }
  set known = $at
  if (not-eq $v[deadline] '') {
    var now = (now)
    if (or (>= $now $v[deadline]) (< (+ $now 60) $seen)) { set due = $true }
    set seen = $now
  }
  if (and (not-eq $v[alive] '') (not (path:is-regular &follow-symlink=$true $v[alive]))) { # the credential server has ended
    set due = $true
    set v[alive] = ''
  }
  if $due { ask }
}

# The indicator's text.
fn indicator {
  var text = $v[shown]
  if (and (not-eq $text '') (not-eq $v[expires] '')) {
    var left = (- $v[expires] (now))
    var minutes = (math:floor (/ (+ $left 30) 60))
    if (<= $left 0) {
      set text = $text' expired'
    } elif (< $minutes 1) {
      set text = $text' 1m'$v[mark]
    } elif (< $minutes 60) {
      set text = $text' '(to-string (exact-num $minutes))m$v[mark]
    } else {
      set text = $text' '(to-string (exact-num (math:floor (/ (+ $minutes 30) 60))))h$v[mark]
    }
  }
  put $text
}

# Puts the indicator before a prompt. A protected profile's is always shown.
fn front {
  var text = (indicator)
  if (and (not-eq $text '') (not (and (has-env AWS_VAULT_INDICATOR) (eq (get-env AWS_VAULT_INDICATOR) off)))) {
    if (and (not-eq $v[protected] '') (not (and (has-env NO_COLOR) (not-eq (get-env NO_COLOR) '')))) {
      styled '('$text')' inverse
      put ' '
    } else {
      put '('$text') '
    }
  }
}

# The function that you type. A call that changes nothing here goes to the binary unchanged,
# with its piped input.
fn main {|@words|
  var word = (change $@words)
  if (has-value [use off refresh region guard] $word) {
    apply $@words
    if (not (has-value [refresh region guard] $word)) {
      # A profile that you choose in a directory stays until you leave the directory.
      look
      set found = $near
      set hand = $near
      set known = (text)
    }
    return
  }
  if (eq $word doctor) { set words = [$@words '--hook=elvish '$version' auto'] }
  if (has-value [allow deny] $word) { set found = '?' }
  (external $bin) $@words
}

# Completions: the words of the line up to the cursor.
fn complete {|candidate @words|
  (external $bin) __complete elvish (all $words[1..]) | from-lines | each {|line|
    if (not (str:has-prefix $line :)) {
      var parts = [(str:split &max=2 "\t" $line)]
      $candidate $parts[0] &display=(str:join '  ' $parts)
    }
  }
}

# Only a shell in which a person types has the editor, so this is evaluated.
fn install {|name &auto=$false &indicate=$false|
  var room = (ns [&name=$name &main~=$main~ &complete~=$complete~ &prompt~=$prompt~ &front~=$front~ &auto=$auto &indicate=$indicate])
  eval &ns=$room '
    edit:add-var $name"~" $main~
    set edit:completion:arg-completer[$name] = {|@words| complete $edit:complex-candidate~ $@words }
    if $auto {
      set edit:before-readline = [$@edit:before-readline $prompt~]
      if $indicate {
        var theirs = $edit:prompt
        set edit:prompt = { front; $theirs }
      }
    }
  '
}
