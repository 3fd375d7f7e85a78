// Opus sound from a WebM container into Ogg, the only container in which the chat app sends voice notes (RFC 7845).
// Firefox records Ogg by itself; Chromium and Safari do not.

const MASTERS = new Set([0x18538067, 0x1f43b675, 0x1654ae6b, 0xae, 0xa0]); // Segment, Cluster, Tracks, TrackEntry, BlockGroup
const CODEC_PRIVATE = 0x63a2, SIMPLE_BLOCK = 0xa3, BLOCK = 0xa1;
const BLOCK_HEAD = 4; // bytes before the packet: track, time (2), flags
const PAGE_PACKETS = 50;
const FIRST = 2, LAST = 4; // a page's flags
const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) rest = rest < 0 ? (rest << 1) ^ 0x04c11db7 : rest << 1;
  return rest;
});

export function oggFromWebm(webm) {
  let head;
  const packets = [];
  for (const [id, content] of elements(webm)) {
    if (id === CODEC_PRIVATE) head = content;
    if (id === SIMPLE_BLOCK || id === BLOCK) packets.push(content.subarray(BLOCK_HEAD));
  }
  if (!head || !packets.length) throw new Error("Nothing was recorded.");
  const pages = [page([head], 0, 0, FIRST), page([tags()], 0, 1, 0)];
  let samples = 0;
  for (let at = 0; at < packets.length; at += PAGE_PACKETS) {
    const some = packets.slice(at, at + PAGE_PACKETS);
    samples += some.reduce((sum, packet) => sum + duration(packet), 0);
    pages.push(page(some, samples, pages.length, at + PAGE_PACKETS >= packets.length ? LAST : 0));
  }
  return joined(pages);
}

// The elements that hold data, in order. Masters are entered, never skipped: the size of a live recording is unknown.
function* elements(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const [id, afterId] = number(bytes, at, 0xff);
    const [size, content] = number(bytes, afterId, 0);
    if (!MASTERS.has(id)) yield [id, bytes.subarray(content, content + size)];
    at = MASTERS.has(id) ? content : content + size;
  }
}

// A number of EBML and where it ends; its first byte tells its length. An id keeps the bit that does.
function number(bytes, at, marker) {
  const length = Math.clz32(bytes[at]) - 23;
  let value = bytes[at] & (marker || 0xff >> length);
  for (let next = 1; next < length; next += 1) value = value * 256 + bytes[at + next];
  return [value, at + length];
}

// Samples at 48 kHz in an Opus packet, from its first byte (RFC 6716, 3.1).
function duration(packet) {
  const config = packet[0] >> 3;
  const celt = [120, 240, 480, 960][config & 3];
  const silk = [480, 960, 1920, 2880][config & 3];
  const frame = config >= 16 ? celt : config >= 12 ? [480, 960][config & 1] : silk;
  return frame * [1, 2, 2, packet[1] & 63][packet[0] & 3];
}

function tags() {
  const maker = new TextEncoder().encode("simulator");
  return joined([new TextEncoder().encode("OpusTags"), Uint8Array.of(maker.length, 0, 0, 0), maker, new Uint8Array(4)]);
}

function page(packets, samples, sequence, flags) {
  const lacing = packets.flatMap(({ length }) => [...Array(Math.floor(length / 255)).fill(255), length % 255]);
  const head = new DataView(new ArrayBuffer(27));
  head.setUint32(0, 0x4f676753); // OggS
  head.setUint8(5, flags);
  head.setBigUint64(6, BigInt(samples), true);
  head.setUint32(14, 1, true); // the stream's number
  head.setUint32(18, sequence, true);
  head.setUint8(26, lacing.length);
  const bytes = joined([new Uint8Array(head.buffer), Uint8Array.from(lacing), ...packets]);
  const sum = bytes.reduce((crc, byte) => (crc << 8) ^ CRC[((crc >>> 24) ^ byte) & 255], 0);
  new DataView(bytes.buffer).setUint32(22, sum, true);
  return bytes;
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) (all.set(part, at), (at += part.length));
  return all;
}
