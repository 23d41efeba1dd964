// An SMSC for tests: node smsc.js [PORT [KEY CERTIFICATE]].
// It takes the login otp:otptest, prints what happens, a JSON object a line, and does as the last line of its input
// says: `answer STATUS` to a message, `hang up` on one, or `ask` at once whether the client is there.
// It ends with its input.
const { readFileSync } = require('fs');
const { createInterface } = require('readline');
const smpp = require('smpp');

const [port = '0', key, certificate] = process.argv.slice(2);
const tls = key ? { key: readFileSync(key), cert: readFileSync(certificate) } : {};
const sessions = new Set();
let order = 'answer 0';
let count = 0;

const say = (event, more) => console.log(JSON.stringify({ event, ...more }));

function submitted(session, pdu) {
  const { source_addr_ton, source_addr_npi, source_addr, dest_addr_ton, dest_addr_npi, destination_addr } = pdu;
  const whole = pdu.message_payload ?? pdu.short_message;
  say('message', {
    from: [source_addr_ton, source_addr_npi, source_addr],
    to: [dest_addr_ton, dest_addr_npi, destination_addr],
    coding: pdu.data_coding,
    esm_class: pdu.esm_class,
    payload: 'message_payload' in pdu,
    text: whole.message ?? whole,
  });
  if (order === 'hang up') return session.destroy();
  const command_status = Number(order.split(' ')[1]);
  const message_id = `m${++count}`;
  session.send(pdu.response(command_status ? { command_status } : { message_id }));
  if (!command_status && pdu.registered_delivery === 1) {
    const text = `id:${message_id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:`;
    const receipt = { esm_class: 4, source_addr: destination_addr, destination_addr: source_addr, short_message: text };
    session.deliver_sm(receipt, answer => say('receipt taken', { status: answer.command_status }));
  }
}

const server = smpp.createServer(tls, session => {
  sessions.add(session);
  session.on('close', () => sessions.delete(session));
  session.on('error', error => say('error', { code: error.code }));
  session.on('bind_transceiver', pdu => {
    const isKnown = pdu.system_id === 'otp' && pdu.password === 'otptest';
    session.send(pdu.response({ command_status: isKnown ? 0 : smpp.ESME_RBINDFAIL, system_id: 'smsc' }));
    say(isKnown ? 'bound' : 'refused', { version: pdu.interface_version, system_type: pdu.system_type });
  });
  session.on('submit_sm', pdu => submitted(session, pdu));
  session.on('enquire_link', pdu => session.send(pdu.response()));
  session.on('unbind', pdu => {
    session.send(pdu.response());
    session.close();
    say('unbound');
  });
});
server.listen(Number(port), '127.0.0.1', () => say('listening', { port: server.address().port }));

createInterface({ input: process.stdin })
  .on('line', line => {
    if (line !== 'ask') order = line;
    else sessions.forEach(session => session.enquire_link(answer => say('answered', { status: answer.command_status })));
    say('understood');
  })
  .on('close', () => process.exit());
