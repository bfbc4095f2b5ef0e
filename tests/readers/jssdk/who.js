// Says who the AWS SDK for JavaScript is, with its default configuration. With "keys" it
// prints its access key id, without a call. With a number it says so that often, by one
// client, after so many milliseconds each: who.js 4 0.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const client = new STSClient({ maxAttempts: 1 });
const [what = "1", pause = "1000"] = process.argv.slice(2);
if (what === "keys") {
  console.log((await client.config.credentials()).accessKeyId);
} else {
  for (let i = 0; i < Number(what); i++) {
    if (i > 0) await new Promise((done) => setTimeout(done, Number(pause)));
    console.log((await client.send(new GetCallerIdentityCommand({}))).Arn);
  }
}
