# The AWS CLI's own code reads each pair of files, in one process:
# the whole configuration, and each plain setting again as `aws configure get` does.
import io, json, os, sys

try:
    from awscli import botocore
    from awscli.botocore import session as sessions
except ImportError:
    import botocore
    from botocore import session as sessions
from awscli.customizations.configure.get import ConfigureGetCommand


class Args:
    pass


def get(profile, key):
    out = io.StringIO()
    args = Args()
    args.varname = key
    ConfigureGetCommand(sessions.Session(profile=profile), stream=out)._run_main(args, None)
    return out.getvalue().removesuffix("\n")


answers = []
for pair in json.load(sys.stdin):
    os.environ["AWS_CONFIG_FILE"] = pair["Config"]
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = pair["Credentials"]
    try:
        full = sessions.Session().full_config
    except Exception as e:
        answers.append({"Refused": type(e).__name__})
        continue
    gets = {}
    for name, settings in full["profiles"].items():
        for key, value in settings.items():
            if isinstance(value, str) and "." not in key:
                gets.setdefault(name, {})[key] = get(name, key)
    answers.append({
        "Profiles": full["profiles"],
        "Gets": gets,
        "Sessions": full.get("sso_sessions", {}),
        "Services": full.get("services", {}),
    })
json.dump(answers, sys.stdout)
