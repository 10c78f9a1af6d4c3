//! What can happen, and what comes of it.

use super::{Action, Flaw, Message, PERSON, Phone, Plan, Say, Stage, TESTS, TRIES, Test, World};

impl World {
    pub(super) fn new() -> Self {
        Self {
            stage: Stage::Offered,
            device: None,
            tries: 0,
            test: None,
            phones: [Phone::Begun; 2],
            network: std::collections::BTreeSet::new(),
            is_ended: false,
            has_second: false,
            broken: false,
        }
    }

    pub(super) fn actions(&self, plan: Plan, actions: &mut Vec<Action>) {
        for phone in 0..=u8::from(plan.has_photographer) {
            match self.phones[usize::from(phone)] {
                Phone::Begun => actions.push(Action::Confirm(phone)),
                Phone::Keyed { .. } => {
                    actions.extend([Action::Send(phone), Action::Cancel(phone)]);
                    if plan.has(Flaw::KeysForgotten) {
                        actions.push(Action::Forget(phone));
                    }
                }
                Phone::Coded { test, .. } => {
                    actions.extend([Action::Send(phone), Action::Poll(phone)]);
                    actions.push(Action::Cancel(phone));
                    if let Test::Open(_) = test {
                        let says = [Say::Right, Say::Wrong, Say::Deny];
                        actions.extend(says.map(|say| Action::Decide(phone, say)));
                    }
                }
                Phone::Active | Phone::Gone => {}
            }
        }
        for message in self.network.iter().copied() {
            let ways = [true, false];
            actions.extend(ways.map(|lost| Action::Deliver { message, is_response_lost: lost }));
        }
        // The page asks for the code once a phone has revealed itself.
        if self.stage == Stage::Revealed {
            actions.push(Action::Type { is_right: false });
            if let Phone::Coded { .. } = self.phones[usize::from(PERSON)] {
                actions.push(Action::Type { is_right: true });
            }
        }
        if !self.is_ended {
            actions.push(Action::End);
        }
    }

    pub(super) fn after(&self, plan: Plan, action: Action) -> Self {
        let mut next = self.clone();
        next.act(plan, action);
        // Active and void are final.
        let was_final = matches!(self.stage, Stage::Active | Stage::Void);
        next.broken |= was_final && self.stage != next.stage;
        next
    }

    fn act(&mut self, plan: Plan, action: Action) {
        match action {
            Action::Confirm(phone) => self.phones[usize::from(phone)] = Phone::Keyed { key: 0 },
            Action::Forget(phone) => self.phones[usize::from(phone)] = Phone::Keyed { key: 1 },
            Action::Send(phone) => self.network.extend(self.due(phone)),
            Action::Deliver { message, is_response_lost } => {
                let response = self.deliver(plan, message);
                self.network.extend(response.filter(|_| !is_response_lost));
            }
            Action::Poll(phone) => self.poll(phone),
            Action::Type { is_right } => self.type_code(plan, is_right),
            Action::Decide(phone, say) => {
                if let Phone::Coded { test, .. } = &mut self.phones[usize::from(phone)]
                    && let Test::Open(number) = *test
                {
                    *test = Test::Decided(number, say);
                }
            }
            Action::End => {
                self.is_ended = true;
                self.void();
            }
            Action::Cancel(phone) => self.phones[usize::from(phone)] = Phone::Gone,
        }
    }

    fn void(&mut self) {
        if self.stage != Stage::Active {
            self.stage = Stage::Void;
        }
    }

    /// What a phone has to send: the same until there is an answer.
    pub(super) fn due(&self, phone: u8) -> Vec<Message> {
        match self.phones[usize::from(phone)] {
            Phone::Keyed { key } => vec![Message::Enrolment(phone, key)],
            Phone::Coded { reveals, test, .. } => {
                let reveal = reveals.then_some(Message::Reveal(phone));
                let answer = match test {
                    Test::Decided(number, say) => Some(Message::Answer(phone, number, say)),
                    _ => None,
                };
                reveal.into_iter().chain(answer).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A message comes to whom it is for; what is answered.
    pub(super) fn deliver(&mut self, plan: Plan, message: Message) -> Option<Message> {
        match message {
            Message::Enrolment(phone, key) => self.take_enrolment(plan, (phone, key)),
            Message::Reveal(phone) => self.take_reveal(phone),
            Message::Answer(phone, number, say) => self.take_answer((phone, number), say),
            Message::Offer(phone) => {
                let it = &mut self.phones[usize::from(phone)];
                if let Phone::Keyed { key } = *it {
                    *it = Phone::Coded { key, reveals: true, test: Test::None };
                }
                None
            }
            Message::Status(phone, stage) => {
                if let Phone::Coded { reveals, .. } = &mut self.phones[usize::from(phone)] {
                    *reveals = false;
                    self.hear(phone, stage);
                }
                None
            }
            Message::Void(phone) => {
                self.hear(phone, Stage::Void);
                None
            }
            Message::Receipt(phone, number, is_approved) => {
                if let Phone::Coded { test, .. } = &mut self.phones[usize::from(phone)]
                    && matches!(*test, Test::Decided(decided, _) if decided == number)
                {
                    *test = Test::None;
                    if is_approved {
                        self.hear(phone, Stage::Active);
                    }
                }
                None
            }
        }
    }

    /// What a status says of the enrolment.
    fn hear(&mut self, phone: u8, stage: Stage) {
        let it = &mut self.phones[usize::from(phone)];
        match (*it, stage) {
            (Phone::Keyed { .. } | Phone::Coded { .. }, Stage::Void) => *it = Phone::Gone,
            // The receipt of the test was lost.
            (Phone::Coded { .. }, Stage::Active) => *it = Phone::Active,
            _ => {}
        }
    }

    fn take_enrolment(&mut self, plan: Plan, device: (u8, u8)) -> Option<Message> {
        let (phone, _) = device;
        match self.device {
            _ if self.stage == Stage::Void => return Some(Message::Void(phone)),
            // "The same enrolment message again gets the same offer."
            Some(known) if known == device => {
                return (!plan.has(Flaw::OfferForgotten)).then_some(Message::Offer(phone));
            }
            Some(_) if self.stage == Stage::Active => return Some(Message::Void(phone)),
            // "A second device key that uses the same code voids the enrolment for both."
            Some(_) if !plan.has(Flaw::SecondTaken) => {
                self.has_second = true;
                if !plan.has(Flaw::SecondIgnored) {
                    self.void();
                }
                return Some(Message::Void(phone));
            }
            Some(_) => self.has_second = true,
            None => {}
        }
        self.device = Some(device);
        self.stage = Stage::Keyed;
        Some(Message::Offer(phone))
    }

    fn take_reveal(&mut self, phone: u8) -> Option<Message> {
        if self.stage == Stage::Void {
            return Some(Message::Void(phone));
        }
        // HTTP 404: another's key.
        self.device.filter(|(known, _)| *known == phone)?;
        if self.stage == Stage::Keyed {
            self.stage = Stage::Revealed;
        }
        Some(Message::Status(phone, self.stage))
    }

    fn take_answer(&mut self, (phone, number): (u8, u8), say: Say) -> Option<Message> {
        // The stored receipt again.
        let receipts = [true, false].map(|is_right| Message::Receipt(phone, number, is_right));
        if let Some(known) = receipts.into_iter().find(|it| self.network.contains(it)) {
            return Some(known);
        }
        if self.stage == Stage::Active && say == Say::Right {
            return Some(receipts[0]);
        }
        if self.stage != Stage::Paired {
            return None;
        }
        let is_open = self.test == Some((number, true));
        if is_open {
            self.test = Some((number, false));
        }
        let is_approved = is_open && say == Say::Right;
        if is_approved {
            self.stage = Stage::Active;
        }
        Some(Message::Receipt(phone, number, is_approved))
    }

    fn type_code(&mut self, plan: Plan, is_right: bool) {
        // What the person's phone shows fits what the service has of that phone alone.
        let fits = is_right && self.device.is_some_and(|(phone, _)| phone == PERSON);
        if fits || plan.has(Flaw::CodeIgnored) {
            self.stage = Stage::Paired;
            return;
        }
        self.tries += 1;
        if self.tries == TRIES {
            self.void();
        }
    }

    /// The phone asks what is new, and hears it; a service finds it by its key.
    fn poll(&mut self, phone: u8) {
        if self.device.is_none_or(|(known, _)| known != phone) {
            return;
        }
        self.hear(phone, self.stage);
        if self.stage != Stage::Paired {
            return;
        }
        let newest = match self.test {
            Some((number, true)) => number,
            Some((number, false)) if number + 1 >= TESTS => return,
            Some((number, false)) => number + 1,
            None => 0,
        };
        self.test = Some((newest, true));
        if let Phone::Coded { test, .. } = &mut self.phones[usize::from(phone)]
            && *test == Test::None
        {
            *test = Test::Open(newest);
        }
    }
}
