export default { "tickets.none": "No tickets. When a student asks for a person, one is opened." };
