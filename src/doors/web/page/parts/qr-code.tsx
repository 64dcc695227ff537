/** @jsxImportSource preact */
/** A QR code as one drawing: black on white in the dark as well, as cameras expect it. */
import encodeQR from 'qr'

/** Light modules around it (ISO/IEC 18004 asks for four). */
const BORDER = 4

export function QrCode({ content, label }: { content: string; label: string }) {
  const modules = encodeQR(content, 'raw', { ecc: 'low', border: BORDER })
  const path = modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return (
    <svg class="qr" viewBox={`0 0 ${modules.length} ${modules.length}`} role="img" aria-label={label}>
      <rect width={modules.length} height={modules.length} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
