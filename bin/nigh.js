#!/usr/bin/env node
// Guards the door: any Node, however old, can read this file and say plainly what is needed. So nothing here is
// younger than ECMAScript 5, except inside the string, which only a new Node ever reads.
var needed = 24
var have = process.versions.node
var advice =
  'nigh: Nigh needs Node %s or newer, and this is Node %s. Install one from https://nodejs.org, then try again.'

if (parseInt(have, 10) < needed) {
  console.error(advice, needed, have)
  process.exitCode = 1
} else {
  new Function('return import("./start.js")')()
}
