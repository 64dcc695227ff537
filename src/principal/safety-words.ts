/**
 * The 256 words in which a key is said aloud: English, lower-case, 3 to 7 letters, no two alike in their first
 * four letters, so that a word half heard is still the right one. Each stands for one byte. The order is part of
 * the meaning: words are never moved, only a new list could replace this one.
 */
export const SAFETY_WORDS: readonly string[] = `
acorn actor adult agent alarm album alpine amber anchor ankle apple apron arch arena arrow attic
autumn avocado badge bakery balloon bamboo banjo barrel basket beach beard bell bicycle birch bison blanket
blossom boat bonfire border bottle bracket bread bridge broom bubble bucket buffalo bugle butter cabin
cactus camel candle canyon carpet castle cedar cellar cement chalk cherry chimney cider cinema circle
clay cliff clock cloud clover cobalt coconut coffee comet copper coral cotton cradle crane cricket crown
crystal curtain cushion dagger daisy dancer deer delta desert diamond dinner dolphin donkey dragon drum duck
eagle earth easel echo elbow elm ember engine evening fabric falcon farmer feather fence fern
fiddle finger flag flower flute forest fossil fox frost fungus galaxy garden garlic gazelle geyser
ginger giraffe glacier globe glove goat gondola granite grape guitar hammer harbor hawk hazel helmet
heron hill honey horse hotel husky iceberg igloo indigo insect iron island ivory jacket jaguar
jar jelly jewel jungle kayak kettle kiosk kitchen koala ladder lagoon lantern lark lemon lily
linen lizard lobster lotus lunch magnet mango maple marble meadow melon meteor mint mirror monkey moon
mosaic moth muffin napkin nectar needle nickel noodle nutmeg oasis oboe ocean octopus olive
onion orbit orchid otter owl oyster paddle palace panda paper parrot peach pebble pencil pepper piano
pigeon pillow pine planet plum pocket pony poppy potato prairie pumpkin puzzle quail quartz
rabbit radio raven ribbon river robin rocket saddle salmon sandal saturn scarf school shadow sheep shovel
silk silver spoon squid star storm sugar summer tiger tunnel violin
`
  .trim()
  .split(/\s+/)
