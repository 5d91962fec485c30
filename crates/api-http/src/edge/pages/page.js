// Accepting an invitation and choosing a new password, over the same API that front ends use.
// Nothing here is ever made markup: texts go into the page as text.

import { languages } from "/pages/words.js";

const resetting = location.pathname.endsWith("/reset-password");
const language =
  navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => Object.hasOwn(languages, tag)) ?? "en";
const words = languages[language];
const at = (id) => document.getElementById(id);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

// The token must not stay in the address bar, the history or a screenshot.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
history.replaceState(null, "", location.pathname);

// The rule as the server has it. It only helps while typing: the server decides.
const { min, max } = at("password").dataset;
const rule = {
  "rule-length": (text) => [...text].length >= Number(min) && [...text].length <= Number(max),
  "rule-upper": (text) => /\p{Uppercase}/u.test(text),
  "rule-lower": (text) => /\p{Lowercase}/u.test(text),
  "rule-digit": (text) => /[0-9]/.test(text),
};

function speak() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = fill(words[element.dataset.text], { min, max });
  }
  title(resetting ? words.resetTitle : words.acceptTitle);
  at("submit").textContent = resetting ? words.resetSubmit : words.acceptSubmit;
  document.querySelector('label[for="password"]').textContent = resetting ? words.newPassword : words.password;
}

function title(text) {
  at("title").textContent = text;
  document.title = `${text} · Cartera`;
}

// Answers {ok, data} or {ok, problem}; a problem without a code means that there was no answer of ours.
async function call(path, body) {
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json, application/problem+json" },
      body: JSON.stringify(body),
      credentials: "same-origin",
      referrerPolicy: "no-referrer",
    });
  } catch {
    return { ok: false, problem: {} };
  }
  const text = await answer.text().catch(() => "");
  let parsed = {};
  try {
    parsed = text === "" ? {} : JSON.parse(text);
  } catch {
    // A proxy's own page: the status says enough.
  }
  if (answer.ok) {
    return { ok: true, data: parsed.data };
  }
  return { ok: false, problem: { code: `http_${answer.status}`, ...parsed } };
}

function say(text) {
  at("status").textContent = text;
}

function complain(text) {
  say("");
  const problem = at("problem");
  problem.hidden = text === "";
  problem.textContent = text;
}

function inWords(problem) {
  if (problem.code === undefined) {
    return words.network;
  }
  return words.codes[problem.code] ?? fill(words.unexpected, { code: problem.code });
}

// These are the end of the link: the form is of no use any more.
const FINAL = /^(invitation|password_reset)_(unknown|expired|used|revoked)$|^(email_taken|company_suspended)$/;

function mark(field, rules) {
  const input = at(field);
  input.toggleAttribute("aria-invalid", false);
  if (rules.length > 0) {
    input.setAttribute("aria-invalid", "true");
  }
  at(`${field}-errors`).replaceChildren(
    ...rules.map((code) => {
      const item = document.createElement("li");
      item.textContent = words.rules[code] ?? words.rules.other;
      return item;
    }),
  );
}

// The fields' own errors; true when all of them are shown.
function markAll(problem) {
  const of = (names) =>
    (problem.errors ?? []).filter((error) => names.includes(error.pointer)).map((error) => error.code);
  const fields = { name: of(["/name"]), password: of(["/password", "/newPassword"]) };
  for (const [field, rules] of Object.entries(fields)) {
    mark(field, rules);
  }
  const first = Object.keys(fields).find((field) => fields[field].length > 0);
  if (first !== undefined) {
    at(first).focus();
  }
  return first !== undefined;
}

function refuse(problem) {
  if (problem.code === "validation_failed") {
    // A token that isn't even one is a damaged link.
    const damaged = resetting ? words.codes.password_reset_unknown : words.codes.invitation_unknown;
    complain(markAll(problem) ? words.checkFields : damaged);
    return;
  }
  complain(inWords(problem));
  if (FINAL.test(problem.code ?? "")) {
    at("form").hidden = true;
  }
  at("problem").focus();
}

function finish(heading, paragraphs) {
  complain("");
  at("form").hidden = true;
  at("password").value = "";
  title(heading);
  at("done").replaceChildren(
    ...paragraphs.map((text) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = text;
      return paragraph;
    }),
  );
  at("done").hidden = false;
  at("title").focus();
}

function fact(name, value) {
  const [term, description] = [document.createElement("dt"), document.createElement("dd")];
  term.textContent = name;
  description.textContent = value;
  at("facts").append(term, description);
}

async function submit(event, link) {
  event.preventDefault();
  const button = at("submit");
  if (button.disabled) {
    return;
  }
  button.disabled = true;
  complain("");
  say(words.working);
  mark("name", []);
  mark("password", []);
  const [name, password] = [at("name").value, at("password").value];
  const result = resetting
    ? await call("/auth/reset-password", { token, newPassword: password })
    : await call("/invitations/accept", { token, name, password });
  button.disabled = false;
  if (!result.ok) {
    refuse(result.problem);
  } else if (resetting) {
    finish(words.resetDone, [words.resetReady, words.close]);
  } else {
    const forced = result.data?.forcePasswordReset ? [words.acceptForced] : [];
    const ready = fill(words.acceptReady, { email: link.email });
    finish(fill(words.acceptDone, { company: link.companyName }), [ready, ...forced, words.close]);
  }
}

// What the link leads to. Password managers keep the new password under the e-mail.
async function preview() {
  say(words.looking);
  const result = await call(resetting ? "/auth/reset-password/preview" : "/invitations/preview", { token });
  if (!result.ok) {
    refuse(result.problem);
    // The address has no token any more, so that loading the page again would not help.
    at("retry").hidden = FINAL.test(result.problem.code ?? "") || result.problem.code === "validation_failed";
    return undefined;
  }
  const { companyName, email, expiresAt } = result.data;
  if (!resetting) {
    fact(words.company, companyName);
  }
  const when = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
  fact(words.expires, when.format(new Date(expiresAt)));
  at("facts").hidden = false;
  at("email").value = email;
  return result.data;
}

// Shows the form, once it is known what it is for.
async function open() {
  at("retry").hidden = true;
  complain("");
  const link = await preview();
  if (link === undefined) {
    return;
  }
  say("");
  at("name-field").hidden = resetting;
  at("show").addEventListener("change", () => {
    at("password").type = at("show").checked ? "text" : "password";
  });
  at("password").addEventListener("input", () => {
    for (const [id, holds] of Object.entries(rule)) {
      at(id).classList.toggle("met", holds(at("password").value));
    }
  });
  at("form").addEventListener("submit", (event) => submit(event, link));
  at("form").hidden = false;
  (resetting ? at("password") : at("name")).focus();
}

speak();
if (token) {
  at("retry").addEventListener("click", open);
  open();
} else {
  complain(words.noToken);
}
