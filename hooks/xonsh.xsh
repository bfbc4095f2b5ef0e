# vault: the hook for xonsh, 0.9 and later.
#
# Defines one object, __vault, and, in the line that follows this text, the alias that you
# type. (xonsh cannot pipe into such an alias: see docs/shell.md.) Before a prompt the hook
# looks at the clock; the field {vault} of the prompt is the indicator. The answer of the binary is JSON. What it keeps aside is in the object: programs
# do not see it. Fields: see bash.sh.
class __Vault:
    bin = '@VAULT@'
    value_flags = ['@VALUE_FLAGS@']

    def __init__(self, before):
        self.kept = before.kept if before else {}
        self.previous = before.previous if before else ''
        self.deadline = '0' if __xonsh__.env.get('AWS_VAULT_SHELL_STATE', '') else ''
        self.expires = self.shown = self.mark = self.protected = self.tries = self.themes = self.alive = self.time = self.message = ''
        self.pwd = self.found = self.hand = self.stamp = ''
        self.files = []
        self.seen = self.changed = 0
        self.gone = False

    # Runs the binary and applies its answer, if the answer is complete.
    def apply(self, words):
        import json, os, subprocess
        facts = [
            '--kept=' + ' '.join(self.kept), '--previous=' + self.previous, '--tries=' + self.tries, '--person=' + self.mark,
            '--dir=' + os.getcwd(), '--hand=' + self.hand, '--stamp=' + self.stamp, '--pid=' + str(os.getpid()),
        ]
        run = subprocess.run([self.bin, '__shell', 'xonsh', *facts, '--', *words], stdout=subprocess.PIPE, env=__xonsh__.env.detype())
        if run.returncode != 0:
            return run.returncode
        lines = run.stdout.decode('ascii').splitlines()
        if not lines or lines[-1] != ':vault:end:':
            print('vault: the answer was cut short; nothing was changed', file=sys.stderr)
            return 1
        answer = json.loads(lines[0])
        env = __xonsh__.env
        for kind, name, *value in answer['ops']:
            if kind == 'set':
                env[name] = value[0]
            elif kind == 'unset':
                env.pop(name, None)
            elif kind == 'keep':
                self.kept[name] = env[name]
            elif kind == 'restore':
                env[name] = self.kept.pop(name)
            else:
                self.kept.pop(name, None)
        for name, value in answer['locals'].items():
            setattr(self, name.replace('__vault_', '', 1), value)
        return 0

    # The word that changes this shell; empty for all other calls, and for every --help.
    def change(self, words):
        skip, change = False, ''
        for word in words:
            if skip:
                skip = False
            elif word in ('-h', '--help'):
                return ''
            elif word == '--':
                break
            elif word in self.value_flags:
                skip = True
            elif change or word.startswith('-'):
                continue
            elif word in ('use', 'off', 'refresh', 'region', 'guard'):
                change = word
            else:
                return word if word in ('allow', 'deny', 'doctor') else ''
        return change

    def main(self, words, stdin=None, stdout=None, stderr=None):
        import os, subprocess
        if not os.path.isfile(self.bin):
            print('vault: ' + self.bin + ' is gone', file=sys.stderr)
            return 127
        change = self.change(words)
        if change in ('use', 'off', 'refresh', 'region', 'guard'):
            status = self.apply(words)
            if status == 0 and change not in ('refresh', 'region', 'guard'):
                # A profile that you choose in a directory stays until you leave the directory.
                self.look()
                self.found = self.hand = self.near
                self.changed = self.modified()
            return status
        if change == 'doctor':
            words = [*words, '--hook=xonsh ' + self.version + ' auto']
        elif change:
            self.found = '?' # the next prompt asks anew
        # A stream that does not belong to the system, as in xonsh's own tests, cannot be
        # passed to a program.
        return subprocess.run([self.bin, *words], env=__xonsh__.env.detype(), stdin=self.stream(stdin), stdout=self.stream(stdout), stderr=self.stream(stderr)).returncode

    def stream(self, stream):
        try:
            stream.fileno()
            return stream
        except Exception:
            return None

    # Where .awsprofile could be, and the nearest of them. How a link is written: see bash.sh.
    def look(self):
        import os
        here = os.getcwd()
        if here != self.pwd:
            last = [os.path.expanduser('~'), *__xonsh__.env.detype().get('AWS_VAULT_CEILING_DIRECTORIES', '').split(os.pathsep)]
            self.pwd, self.files, at = here, [], here
            while len(self.files) < 256 and at not in '@AUTOMOUNTS@'.split(':'):  # see bash.sh
                self.files.append(os.path.join(at, '.awsprofile'))
                above = os.path.dirname(at)
                if at in last or above == at:
                    break
                at = above
        self.near = ''
        for file in self.files:
            if os.path.islink(file):
                self.near = os.path.dirname(file).rstrip('/') + '//.awsprofile'
                break
            if os.path.exists(file):
                self.near = file
                break

    # When the nearest file was changed; 0 for a link, and if the time does not matter.
    def modified(self):
        import os
        if self.near == '' or self.near.endswith('//.awsprofile') or self.stamp.endswith('.fixed'):
            return 0
        try:
            return os.stat(self.near).st_mtime_ns
        except OSError:
            return 0

    # Runs before each prompt. A quiet prompt looks for files and compares numbers, without
    # a process.
    def prompt(self):
        import os, time
        self.look()
        changed, now = self.modified(), int(time.time())
        due = False
        if self.near != self.found:
            due, self.found = True, self.near
            if self.near != self.hand:
                self.hand = ''
        elif self.near:
            due = changed != self.changed or self.stamp != '' and not os.path.exists(self.stamp)
        self.changed = changed
        if self.deadline and (now >= int(self.deadline) or now + 60 < self.seen):
            due = True
        if self.alive and not os.path.exists(self.alive): # the credential server has ended
            due, self.alive = True, ''
        self.seen = now
        if due:
            self.ask(now)

    # Calls the binary. If it is missing, because it is being replaced, one message says so.
    def ask(self, now):
        import os
        if not os.path.isfile(self.bin):
            if not self.gone:
                print('vault: ' + self.bin + ' is gone; nothing is renewed until it is back', file=sys.stderr)
            self.gone, self.found = True, '?'
            return
        self.gone = False
        self.deadline = str(now + 60) # should Ctrl-C end this
        if self.apply(['prompt']) != 0:
            self.stamp = ''

    # The indicator, for the field {vault}. A protected profile's is always shown.
    def indicator(self):
        import time
        env = __xonsh__.env
        text = self.shown
        if text and self.expires:
            left = int(self.expires) - int(time.time())
            minutes = (left + 30) // 60
            if left <= 0:
                text += ' expired'
            elif minutes < 1:
                text += ' 1m' + self.mark
            elif minutes < 60:
                text += ' %dm%s' % (minutes, self.mark)
            else:
                text += ' %dh%s' % ((minutes + 30) // 60, self.mark)
        if not text or env.get('AWS_VAULT_INDICATOR', '') == 'off':
            return ''
        if 'starship' in self.themes.split() and env.get('STARSHIP_SHELL', '') == 'xonsh' and not self.protected and env.get('AWS_VAULT_INDICATOR', '') != 'on':
            return ''
        if self.protected and not env.get('NO_COLOR', '') and env.get('TERM', '') != 'dumb':
            return '{INTENSE_RED}(' + text + '){RESET} '
        return '(' + text + ') '

    def install(self, name, auto, indicate):
        from xonsh.tools import unthreadable
        # In the main thread, with the terminal, because a program that vault runs may ask
        # there.
        __xonsh__.aliases[name] = unthreadable(lambda args, stdin=None, stdout=None, stderr=None: self.main(args, stdin, stdout, stderr))
        hooked = hasattr(__xonsh__, 'vault_hook')
        __xonsh__.vault_hook = self
        if not auto or hooked:
            return
        events.on_pre_prompt(lambda **_: __xonsh__.vault_hook.prompt())
        env = __xonsh__.env
        if indicate:
            env['PROMPT_FIELDS']['vault'] = lambda: __xonsh__.vault_hook.indicator()
            if isinstance(env['PROMPT'], str) and '{vault}' not in env['PROMPT']:
                env['PROMPT'] = '{vault}' + env['PROMPT']

import sys
__vault = __Vault(getattr(__xonsh__, 'vault_hook', None))
