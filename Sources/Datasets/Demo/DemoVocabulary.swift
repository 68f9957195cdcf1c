/// A planted taste: a genre, the words its titles are made of, and who likes it.
struct DemoTaste {
  let genre: String
  /// First words of gentle titles.
  let light: [String]
  /// First words of grim titles.
  let dark: [String]
  let nouns: [String]
  let occupation: String
  /// The youngest age of the group that likes it most; the group spans ten years.
  let age: Int
}

/// The tastes of the demo data set; neighbours in this circle share users.
let demoTastes = [
  DemoTaste(
    genre: "Science Fiction",
    light: ["Stellar", "Orbital", "Lunar", "Robotic", "Galactic"],
    dark: ["Derelict", "Mutant", "Radioactive", "Dystopian", "Cybernetic"],
    nouns: ["Starship", "Android", "Nebula", "Colony", "Planet", "Reactor", "Satellite", "Comet"],
    occupation: "engineer", age: 20),
  DemoTaste(
    genre: "Fantasy",
    light: ["Enchanted", "Fairy", "Elven", "Winged", "Gilded"],
    dark: ["Cursed", "Forsaken", "Runic", "Fallen", "Thorned"],
    nouns: ["Dragon", "Kingdom", "Wizard", "Sword", "Griffin", "Amulet", "Throne", "Prophecy"],
    occupation: "student", age: 12),
  DemoTaste(
    genre: "Adventure",
    light: ["Daring", "Sunlit", "Tropical", "Sailing", "Wandering"],
    dark: ["Perilous", "Stranded", "Savage", "Storming", "Sunken"],
    nouns: ["Expedition", "Island", "Treasure", "Jungle", "Voyage", "Compass", "Canyon", "Summit"],
    occupation: "athlete", age: 28),
  DemoTaste(
    genre: "Western",
    light: ["Dusty", "Golden", "Galloping", "Wild", "Prairie"],
    dark: ["Outlaw", "Vengeful", "Hanged", "Bleached", "Gunpowder"],
    nouns: ["Saloon", "Sheriff", "Stagecoach", "Ranch", "Mustang", "Frontier", "Lasso", "Bounty"],
    occupation: "farmer", age: 50),
  DemoTaste(
    genre: "Mystery",
    light: ["Curious", "Puzzling", "Clever", "Borrowed", "Missing"],
    dark: ["Poisoned", "Murderous", "Strangled", "Silent", "Vanished"],
    nouns: ["Detective", "Alibi", "Clue", "Witness", "Inspector", "Cipher", "Suspect", "Verdict"],
    occupation: "lawyer", age: 58),
  DemoTaste(
    genre: "Horror",
    light: ["Spooky", "Ghostly", "Moonlit", "Creaking", "Cobwebbed"],
    dark: ["Bloodied", "Haunted", "Screaming", "Rotting", "Possessed"],
    nouns: ["Graveyard", "Vampire", "Coffin", "Asylum", "Werewolf", "Cellar", "Scarecrow", "Tomb"],
    occupation: "musician", age: 16),
  DemoTaste(
    genre: "Romance",
    light: ["Tender", "Blushing", "Summer", "Starlit", "Parisian"],
    dark: ["Jilted", "Tearful", "Forbidden", "Faithless", "Parted"],
    nouns: ["Bride", "Valentine", "Kiss", "Sweetheart", "Wedding", "Letter", "Waltz", "Rose"],
    occupation: "nurse", age: 36),
  DemoTaste(
    genre: "Comedy",
    light: ["Giggling", "Clumsy", "Jolly", "Silly", "Ticklish"],
    dark: ["Sarcastic", "Grumpy", "Bankrupt", "Unlucky", "Hungover"],
    nouns: [
      "Neighbour", "Roommate", "Plumber", "Mixup", "Vacation", "Parrot", "Cousin", "Banquet",
    ],
    occupation: "teacher", age: 42),
]

/// Where a title plays when its first two words are taken.
let demoPlaces = [
  "Aldermoor", "Brackwater", "Cinderford", "Dunmarrow", "Eastvale", "Farrowgate", "Greyhollow",
  "Harrowby", "Ivermoss", "Juniper Bay", "Kestrel Point", "Larkspur", "Mistral", "Northwick",
  "Oldenburgh", "Pinecrest", "Quillhaven", "Ravenna", "Saltmarsh", "Thornbury", "Underhill",
  "Vesper", "Willowmere", "Yarrow",
]

/// Ten and below, as sequels are numbered.
let romanNumerals = ["I", "II", "III", "IV", "V", "VI"]
