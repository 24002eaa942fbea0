"""What is said: written for this demo so that every English phoneme meets many neighbours. No text occurs twice."""

# Said by the presenter in the footage itself.
FOOTAGE = [
    "Good morning, and welcome to our small studio.",
    "Behind me you may notice a few plants, and a very patient wall.",
    "I talk, and the camera sees my face.",
]

# Held out: never part of any training.
HELD_OUT = [
    "Hello! Nobody filmed me: I was drawn, one frame at a time, by a small program.",
    "My lips follow whatever voice you choose.",
    "Please bring a sentence of your own, and we both shall see how well it fits.",
]

# Drawn for the training of the lip-sync network.
DRAWN = [
    "Five brave pups jumped above the muddy path, barking at my moving shadow.",
    "She chose a huge yellow jar of juicy peaches and put it beside the oven.",
    "We would rather wait for warm weather than row a wooden boat in the rain.",
    "Bob, my uncle, makes maps; Pam, his wife, paints boats and proud blue ships.",
    "Why do owls hoot loudly at noon, when nobody goes out to look for them?",
    "Three thin thieves thought about the other side of this rather smooth path.",
    "Usually I measure the garage twice, just to be sure nothing has moved.",
    "Even the evening breeze feels easy when we leave the city for the sea.",
    "Far too often a father forgets half of what his family asked of him.",
    "Yes. No. Maybe. Perhaps we ought to ask a wiser woman about it.",
    "Oh boy, what an awful noise! Could you both move over, please?",
    "Quick foxes vex lazy dogs, which chew on old shoes all afternoon.",
    "My thumb is numb, my arm is warm, and my poor foot will not move at all.",
    "Open the window, cool the room, and bring me two cups of good coffee.",
]

# Only heard: more speech for the audio encoder and the audio branch.
HEARD = [
    "A very fine view of the valley opened before the tired travellers.",
    "Put both of those books back upon the bottom shelf before you go.",
    "The judge gave a huge orange badge to the angel of the bridge.",
    "How now, brown cow, said the clown to the mouse in the crowded house.",
    "Who knew that blue shoes could suit such a rude and gloomy duke?",
    "Sixty silly sisters sat on the sandy seats, sipping sweet iced cider.",
    "Charles watched a cheap match while chewing much of a cherry cake.",
    "Her early bird heard the third nurse turn over and murmur a word.",
    "They bathe the other brother, then breathe and gather their feathers.",
    "Nine young men in a van ran on and on until noon.",
    "Little lambs like to lie low along the lilac lane.",
    "Robert rarely reads three red reports in a row on a Friday.",
    "Good cooks look at the sugar before they push the pudding in.",
    "The boy enjoyed the noise of coins and toys in the oily soil.",
    "All the tall horses walked across the broad lawn at dawn.",
    "Ask Aunt Martha for half a bath and a glass of calm water.",
    "Wet weather will make a weak wall wave and wobble once in a while.",
    "Go, get a bigger bag of green grapes from the garden gate.",
    "Keep quiet, Kate: a kind cook can crack a kettle of cold corn.",
    "Time is what we want most, but what we use the worst of all.",
    "Do you hear the whole hill hum when happy hounds run home?",
    "Unusual visions of treasure gave pleasure to the casual leisure crowd.",
    "Young Eugene used to view the beautiful new museum every year.",
    "The singing king brings a strong ring along on every evening.",
    "Eight gray apes ate a plate of stale dates at a late table.",
    "So no one knows those old roads home, although the moon is low.",
    "Bill gives six big fish to his little sister in the middle of the mill.",
    "Ten men met again when Ben sent them red pens and a melon.",
    "A fat cat sat back and had a snack of ham and jam on a mat.",
    "Hot rocks drop on the top of the long dock by the pond.",
    "Come, love, the sun is up, and the bus is just in front of us.",
    "Please meet me. We need three green keys, and each of them is cheap.",
    "What would a wise owl wish for? A warm wood, a mouse, and no wind.",
    "Mum may bump a lamp; a map may be a problem; people remember.",
    "Fifty funny elephants found a coffee cup full of fluffy foam.",
    "Above, over, under, behind: move every vase, shelve every vivid veil.",
    "Pop up, pip, and peep about; the puppy popped the purple paper cup.",
    "Numbers: one, two, three, four, five, six, seven, eight, nine, ten.",
    "Monday, Tuesday, Wednesday, Thursday, Friday; then comes the weekend.",
    "This machine repeats the words that somebody else would rather say.",
    "Wow. Ouch! Ah, yes, I see. Hmm, well, never mind.",
    "The picture is sharp, the sound is clear, and both arrive together.",
]
