"""Questions that students ask, and how a teacher answers them: (subject, question, answer), by language."""

from __future__ import annotations

Lesson = tuple[str, str, str]

_ESSAY = (
    "Write an essay on the effects of deforestation in Nigeria. This is what I have so far, please correct it:\n\n"
    "Deforestation is the cutting down of trees on a large scale. People cut trees for firewood, for farming and "
    "for timber. In the past fifty years more than half of our forests have gone. The first effect is erosion: "
    "without roots the soil is washed away by rain, as can be seen in the gullies of Anambra and Imo. The second "
    "effect is the loss of animals. The Cross River gorilla, which lives nowhere else in the world, has fewer than "
    "three hundred left. The third effect is on the climate. Trees take in carbon dioxide, and when they are burnt it "
    "goes back into the air. In the north the desert moves south every year, and farmers and herders must share less "
    "land, which brings quarrels. People also lose medicine, fruit and honey that the forest gave them for nothing.\n\n"
    "What can be done? The government can protect forests and plant new ones, like the Great Green Wall. Families can "
    "use gas or better stoves in place of firewood. Schools can plant trees and look after them. If every pupil in "
    "Nigeria planted one tree in a year, that would be more than forty million trees.\n\n"
    "My teacher said it should have four paragraphs and a good ending. Is the ending good enough, and did I use the "
    "commas well?"
)

LESSONS: dict[str, tuple[Lesson, ...]] = {
    "en": (
        (
            "Mathematics",
            "Solve 2x² − 7x + 3 = 0 by factorisation.",
            "Look for two numbers with product 6 and sum −7: −6 and −1. So (2x − 1)(x − 3) = 0, x = ½ or x = 3.",
        ),
        (
            "Mathematics",
            "A ladder 5 m long leans on a wall, its foot 3 m away. How high does it reach?",
            "Pythagoras: h² = 5² − 3² = 16, so it reaches 4 m.",
        ),
        (
            "Mathematics",
            "Find the sum of the first 20 terms of 3, 7, 11, …",
            "a = 3, d = 4. S = n/2 · (2a + (n−1)d) = 10 · (6 + 76) = 820.",
        ),
        (
            "Mathematics",
            "Please how do I differentiate y = x³ − 4x + 1?",
            "Bring each power down and take one off it: dy/dx = 3x² − 4.",
        ),
        (
            "Physics",
            "A car goes from 0 to 20 m/s in 8 s. What is its acceleration?",
            "a = change in speed ÷ time = 20 ÷ 8 = 2.5 m/s².",
        ),
        (
            "Physics",
            "Why does a spoon look bent in a glass of water?",
            "Light is bent where it leaves the water: refraction. Your eye takes it for a straight ray.",
        ),
        (
            "Physics",
            "Three resistors of 6 Ω are in parallel. What is the total resistance?",
            "1/R = 1/6 + 1/6 + 1/6 = ½, so R = 2 Ω.",
        ),
        (
            "Chemistry",
            "Balance: Fe + O₂ → Fe₂O₃",
            "4Fe + 3O₂ → 2Fe₂O₃. Count each side: four iron, six oxygen.",
        ),
        (
            "Chemistry",
            "How many moles are in 36 g of water?",
            "M(H₂O) = 18 g/mol, so 36 ÷ 18 = 2 mol.",
        ),
        (
            "Chemistry",
            "What is the difference between an acid and a base?",
            "An acid gives protons (H⁺), a base takes them. Acids turn litmus red, bases turn it blue.",
        ),
        (
            "Biology",
            "Explain photosynthesis in simple words.",
            "A green leaf takes water and carbon dioxide, and with sunlight makes sugar and oxygen out of them.",
        ),
        (
            "Biology",
            "What are the functions of red and white blood cells?",
            "Red cells carry oxygen with haemoglobin. White cells fight germs: some eat them, some make antibodies.",
        ),
        (
            "English",
            _ESSAY,
            "Well done! The ending is strong: people remember a number. The commas are right; vary the word “effect”.",
        ),
        (
            "English",
            "Is it “neither of them are” or “neither of them is”?",
            "“Neither of them is”: neither is singular.",
        ),
        (
            "Literature",
            "What is the main conflict in Things Fall Apart?",
            "Okonkwo's fear of weakness against a world that changes: within him, in the clan, and from outside.",
        ),
        (
            "Economics",
            "What happens to the price of garri when supply falls?",
            "With the same demand the supply curve moves left: the price rises and less is sold.",
        ),
        (
            "Geography",
            "Why does it rain more in Calabar than in Kano?",
            "Calabar lies where the moist south-west wind comes in from the sea; it has dropped its rain before Kano.",
        ),
        (
            "Government",
            "State three functions of the National Assembly.",
            "It makes laws, approves the budget, and watches over the executive.",
        ),
        (
            "Computer Studies",
            "Convert 101101 from binary to decimal.",
            "32 + 0 + 8 + 4 + 0 + 1 = 45.",
        ),
    ),
    "fr": (
        (
            "Mathématiques",
            "Résoudre x² − 5x + 6 = 0.",
            "On cherche deux nombres de somme 5 et de produit 6 : 2 et 3. Donc x = 2 ou x = 3.",
        ),
        (
            "Mathématiques",
            "Comment calculer l'aire d'un disque de rayon 4 cm ?",
            "A = π × r² = 16π, soit environ 50,3 cm².",
        ),
        (
            "Physique-Chimie",
            "Quelle est la différence entre masse et poids ?",
            "La masse (kg) est la même partout ; le poids (N) dépend du lieu : P = m × g.",
        ),
        (
            "SVT",
            "À quoi servent les globules rouges ?",
            "Ils transportent le dioxygène grâce à l'hémoglobine.",
        ),
        (
            "Français",
            "Faut-il écrire « les fleurs que j'ai cueilli » ou « cueillies » ?",
            "« cueillies » : le complément d'objet direct « que » (les fleurs) est placé avant le verbe.",
        ),
        (
            "Histoire-Géographie",
            "Quelles sont les causes de la Première Guerre mondiale ?",
            "Les alliances, les rivalités coloniales, les nationalismes, et l'attentat de Sarajevo qui met le feu.",
        ),
    ),
}
