// The npm client, whose address is led to the server given: HOST:PORT KEY.
const http = require("http");
const [address, key] = process.argv.slice(2);
const [host, port] = address.split(":");
const get = http.get;
http.get = (options, callback) => get({ ...options, host, port }, callback);

const Klout = require("node_klout");
const klout = new Klout(key);
const ask = (method, ...given) =>
  new Promise((resolve, reject) =>
    klout[method](...given, (error, answer) => (error ? reject(error) : resolve(answer)))
  );

(async () => {
  const named = await ask("getKloutIdentity", "88");
  const identity = await ask("getKloutIdentity", "88", "tw");
  if (named.id !== identity.id || identity.network !== "ks") throw new Error(JSON.stringify([named, identity]));
  const answer = await ask("getUserScore", identity.id);
  const user = await ask("getUser", identity.id);
  if (user.score.score !== answer.score || user.kloutId !== identity.id) throw new Error(JSON.stringify(user));
  const influence = await ask("getUserInfluence", identity.id);
  const influencers = influence.myInfluencers.map((one) => one.entity.payload.nick);
  const around = [influencers, influence.myInfluencersCount, influence.myInfluenceesCount];
  const unknown = await ask("getUserScore", "17").then(() => false, (error) => /not found/.test(error.message));
  console.log(JSON.stringify({ id: identity.id, score: answer.score, delta: answer.scoreDelta.dayChange, unknown, around }));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
