/** Was nicht ging, auf Deutsch, nach den Codes von docs/ERRORS.md. */
import type { ErrorCode } from '../../../../errors.ts'

/** Was an `usage` falsch ist, sagt nur der Satz selbst; er bleibt, wie er kam. */
export const FAILURES: Readonly<Record<Exclude<ErrorCode, 'usage'>, string>> = {
  'own-address': 'Das ist Ihre eigene Adresse.',
  'empty-text': 'Die Nachricht ist leer.',
  'too-large': 'Das ist zu groß. Kürzen Sie es.',
  'undecodable-text': 'Das ist kein lesbarer Text.',
  'malformed-address': 'Das ist keine Adresse.',
  'malformed-card': 'Das ist keine Karte, oder sie ist beschädigt.',
  'name-taken': 'Ein anderer Kontakt heißt schon so.',
  blocked: 'Diese Person ist gesperrt. Heben Sie das zuerst in den Einzelheiten auf.',
  refused: 'Das wurde abgelehnt.',
  pending: 'Darüber ist noch nicht entschieden. Die Antwort erscheint von selbst.',
  'home-in-use': 'Ein anderes Programm benutzt dieses Nigh schon. Beenden Sie es zuerst.',
  'identity-twice':
    'Dieselbe Identität läuft auf einem anderen Rechner. Beenden Sie eine von beiden; jeder Rechner braucht seine eigene.',
  'home-unreadable': 'Ihr Nigh kann seine Dateien nicht lesen. Geändert wurde nichts.',
  'home-exists': 'Dort liegt schon ein Nigh.',
  'store-full': 'Der Datenträger ist voll. Schaffen Sie Platz, dann geht es von selbst weiter.',
  'store-damaged':
    'Die gespeicherten Nachrichten sind beschädigt und blieben, wie sie sind. Eine Sicherung hilft.',
  'store-newer': 'Ein neueres Nigh hat das geschrieben. Benutzen Sie jenes.',
  'file-exists': 'Dort liegt schon eine Datei.',
  'file-unusable': 'Diese Datei lässt sich nicht lesen oder nicht schreiben.',
  'backup-damaged': 'Die Sicherung ist unvollständig oder verändert.',
  'wrong-passphrase': 'Das Passwort passt nicht.',
  'port-taken': 'Der Port gehört einem anderen Programm.',
  unreachable: 'Keine Antwort. Was aufgehoben ist, geht von selbst, sobald es kann.',
  'who-unknown': 'So heißt hier niemand. Geben Sie die ganze Adresse oder Karte ein.',
  'who-ambiguous': 'So heißen mehrere. Geben Sie die Adresse ein.',
  'no-such-message': 'Diese Nachricht gibt es hier nicht mehr.',
  'no-home': 'Dort liegt kein Nigh.',
  'no-peer': 'Dafür muss Ihr Nigh laufen.',
  'no-service': 'Auf einer der beiden Seiten ist das abgeschaltet.',
  'malformed-frame': 'Von dort kam etwas, das Nigh nicht versteht.',
  closed: 'Ihr Nigh antwortet nicht. Versuchen Sie es noch einmal.',
  aborted: 'Abgebrochen. Was aufgehoben war, bleibt es.',
  unexpected: 'Das hätte nicht geschehen dürfen: ein Fehler in Nigh.',
}

/** Codes eines Hinweises: diese, oder die obigen. */
export const WARNINGS: Readonly<Record<string, string>> = {
  ...FAILURES,
  flood: 'Von einem Ort kamen viele Schlüssel, die nichts fragten; die übrigen werden nicht aufgeführt.',
  'no-multicast': 'Multicast geht hier gerade nicht: Leute finden einander nicht von selbst.',
  'other-version':
    'Jemand spricht eine Version von Nigh, die dieses nicht versteht. Aktualisieren Sie das ältere.',
  'interface-down':
    'Eine Netzwerkschnittstelle, die genannt wurde, hat jetzt keine Adresse. Bis sie eine hat, trifft man dort niemanden.',
  'interfaces-kept': 'Ihr Nigh läuft schon und spricht weiter über die Schnittstellen, mit denen es begann.',
  'port-replaced': 'Ihr gewohnter Port gehört einem anderen Programm; diesmal ist es ein anderer.',
  'rules-unreadable': 'Ein neueres Nigh hat Ihre Regeln geschrieben; an ihrer Stelle gelten die strengsten.',
}
