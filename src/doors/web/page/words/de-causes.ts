/** Warum jemand nicht zu sehen ist, auf Deutsch: die Ursache, und was zu tun ist. */
import type { Cause, Diagnosis, PersonObserved } from '../../../../agent.ts'
import { age } from './de-age.ts'

/** RFC 6762 3. */
const MDNS_PORT = 5353

type Told = Diagnosis & {
  /** Um wen es geht. */
  name: string
  person: PersonObserved | undefined
}

const TOLD: Readonly<Record<Cause, (told: Told) => { sentence: string; act: string }>> = {
  fine: ({ who, name }) => ({
    sentence: who === undefined ? 'Es fehlt nichts.' : `Es fehlt nichts: ${name} ist da und antwortet.`,
    act: 'Zu tun ist nichts.',
  }),
  'identity-twice': ({ observations: { identityAt } }) => ({
    sentence: `Ihre Identität läuft ein zweites Mal, auf ${identityAt}: Wer Sie sucht, findet bald die eine, bald die andere.`,
    act: 'Beenden Sie eine von beiden; jeder Rechner braucht seine eigene.',
  }),
  'no-network': () => ({
    sentence: 'Dieser Rechner ist in keinem Netz.',
    act: 'Verbinden Sie ihn mit dem WLAN oder dem Kabel, das die anderen benutzen.',
  }),
  vpn: ({ observations: { host } }) => ({
    sentence: `Ein VPN (${host.defaultRoute}) nimmt alles, was diesen Rechner verlässt, und das lokale Netz daneben ist zu.`,
    act: 'Erlauben Sie in den Einstellungen des VPN das lokale Netz, oder halten Sie das VPN an.',
  }),
  'multicast-blocked': (told) => ({
    sentence:
      'Eine Firewall auf diesem Rechner hält Multicast auf: Sie hören niemanden, oder niemand hört Sie.',
    act: openFirewall(told, `Multicast (UDP-Port ${MDNS_PORT})`),
  }),
  'no-multicast': () => ({
    sentence: 'Das Netz dieses Rechners nimmt kein Multicast an, also ist niemand zu finden.',
    act: 'Benutzen Sie ein anderes Netz, oder tauschen Sie Karten aus und fügen einander hinzu.',
  }),
  hidden: ({ who, name }) => ({
    sentence:
      who === undefined
        ? 'Sie sind verborgen: Niemand kann Sie finden, und Sie suchen nur Ihre Kontakte.'
        : `Sie sind verborgen, und ${name} ist kein Kontakt: Sie suchen einander nicht.`,
    act: 'Wählen Sie andere Regeln, und starten Sie Nigh neu.',
  }),
  'other-mesh': ({ who, name, person, observations: { mesh } }) => ({
    sentence: `${who === undefined ? 'Jemand' : name} ist da, aber in ${person?.heard?.mesh === 'usual' ? 'dem üblichen' : 'einem anderen'} Mesh; Sie sind in „${mesh}“.`,
    act: 'Einigen Sie sich auf den Namen eines Mesh.',
  }),
  'other-version': ({ name }) => ({
    sentence: `${name} hat ein Nigh, das eine andere Version spricht.`,
    act: 'Aktualisieren Sie das ältere von beiden.',
  }),
  isolated: ({ who, name }) => ({
    sentence:
      who === undefined
        ? 'Niemand, den Sie hier kennen, antwortet, und kein anderes Gerät ist zu hören: Dieses Netz trennt seine Geräte.'
        : `${name} ist zu hören, aber sonst lässt dieses Netz nichts zwischen Ihnen durch: Es trennt seine Geräte.`,
    act: 'Verlassen Sie das Gast-WLAN, oder schalten Sie im Router die Trennung der Geräte ab (AP-Isolation); auch ein Kabel hilft.',
  }),
  'blocked-here': (told) => ({
    sentence: told.person?.failures.some(({ why }) => why === 'forbidden')
      ? `Eine Firewall auf diesem Rechner verbietet die Verbindung zu ${told.name}.`
      : `${told.name} ist zu hören, aber keine Verbindung kommt zustande: Firewalls auf beiden Rechnern halten sie auf.`,
    act: openFirewall(told, `den TCP-Port ${told.observations.port ?? 'von Nigh'}`),
  }),
  'blocked-there': ({ name }) => ({
    sentence: `${name} ist zu hören, aber der Rechner dort lässt Sie nicht herein.`,
    act: `Bitten Sie ${name}, Nigh durch die Firewall zu lassen; dort nennt dieser Befehl den Weg.`,
  }),
  silent: ({ name }) => ({
    sentence: `${name} ist verbunden und antwortet nicht: Der Rechner schläft oder hängt, oder das Netz ist gerade unterbrochen.`,
    act: 'Warten Sie eine halbe Minute: Die Verbindung entsteht neu, sobald eine Antwort kommt.',
  }),
  rejected: ({ name }) => ({
    sentence: `${name} lässt Sie nicht herein.`,
    act: `Das kann nur ${name} ändern. Fragen Sie auf einem anderen Weg.`,
  }),
  'not-accepted': ({ name }) => ({
    sentence: `${name} ist da und verbunden, und zeigt Ihnen bisher nichts.`,
    act: 'Das wird dort entschieden. Eine Nachricht wartet dort als Anfrage.',
  }),
  'no-presence': ({ name }) => ({
    sentence: `${name} ist da, und zeigt gerade niemandem, wie es steht.`,
    act: 'Nachrichten kommen trotzdem an.',
  }),
  visiting: ({ name }) => ({
    sentence: `${name} ist nur für die Dauer eines Befehls da und zeigt nichts.`,
    act: 'Auf dem Rechner dort muss Nigh laufen.',
  }),
  'not-watched': ({ name }) => ({
    sentence: `${name} ist da, und Sie bitten nicht darum, etwas zu sehen.`,
    act: 'Bitten Sie darum.',
  }),
  blocked: ({ name }) => ({
    sentence: `Sie sperren ${name}.`,
    act: 'Heben Sie es in den Einzelheiten auf, wenn Sie einander sehen wollen.',
  }),
  left: ({ name, person, observations: { since } }) => ({
    sentence: `${name} hat sich vor ${age(Date.parse(since) - Date.parse(person?.saidGoodbyeAt ?? since))} verabschiedet.`,
    act: 'Warten Sie, oder schreiben Sie: Eine Nachricht wird hier aufgehoben und geht bei der Rückkehr.',
  }),
  'other-network': ({ name }) => ({
    sentence: `${name} war zuletzt in einem Netz, in dem Sie nicht sind.`,
    act: `Gehen Sie in das Netz, in dem ${name} ist.`,
  }),
  away: ({ name }) => ({
    sentence: `${name} ist in diesem Netz nicht zu hören und antwortet auch am letzten Ort nicht.`,
    act: `Fragen Sie ${name}, ob Nigh dort läuft, in diesem Netz; wenn ja, sagt dort dieser Befehl mehr.`,
  }),
  'who-unknown': () => ({
    sentence: 'So heißt niemand: kein Kontakt, niemand in der Nähe, keine Adresse.',
    act: 'Lassen Sie sich die Karte geben, und fügen Sie sie hinzu.',
  }),
  nobody: ({ observations: { mesh } }) => ({
    sentence: `Multicast geht hier, und niemand sonst ist im Mesh „${mesh}“ zu hören.`,
    act: 'Starten Sie Nigh auf einem anderen Rechner in diesem Netz.',
  }),
  'port-taken': ({ observations: { port, portTakenFrom } }) => ({
    sentence: `Ein anderes Programm hat Ihren TCP-Port ${portTakenFrom}; jetzt ist es ${port ?? 'keiner'}, und wer sich den alten gemerkt hat, findet Sie dort nicht.`,
    act: 'Sehen Sie nach, welches Programm es ist, beenden Sie es, und starten Sie Nigh neu.',
  }),
  'clocks-apart': ({ name, person }) => ({
    sentence: `Die Uhr von ${name} geht ${age(Math.abs(person?.clockAheadMs ?? 0))} ${(person?.clockAheadMs ?? 0) > 0 ? 'vor' : 'nach'}: Zeiten werden falsch gelesen.`,
    act: 'Stellen Sie die falsche Uhr nach der Zeit des Netzes.',
  }),
}

export const CAUSES = Object.fromEntries(
  Object.entries(TOLD).map(([cause, tell]) => [
    cause,
    (found: Diagnosis) => {
      const { asked, others } = found.observations
      const person = [asked, ...others].find((each) => each?.who.peerId === found.who?.peerId)
      return tell({ ...found, person, name: found.who?.name ?? 'Jemand' })
    },
  ]),
) as Record<Cause, (found: Diagnosis) => { sentence: string; act: string }>

function openFirewall({ observations: { host } }: Told, what: string): string {
  if (host.platform === 'darwin')
    return `Erlauben Sie Nigh in den Systemeinstellungen unter Datenschutz & Sicherheit, Lokales Netzwerk, und lassen Sie ${what} herein.`
  return `Lassen Sie ${what} durch die Firewall dieses Rechners.`
}
