/** How every diagnosis is to be reported. */
export const ANSWER_RULES = `Rules for the answer:
- Begin with the verdict in one sentence, then the evidence: which tool showed which figure.
- Say from where it was seen: "vantage" in every result names the machine. Other places may see another network.
- Keep apart what a result shows and what you conclude from it. Silence (no answer to ICMP) is no proof of a fault.
- A result with isError has an error code and says how to mend it; tell the user, and go on with the next step.
- policy_denied is no fault of the network: policy_explain with the same tool and arguments says which rule decides.
- If one of the tools is not in your list, say which step you had to leave out.
- Close with the next one or two things to do, and where: on this machine, at a router, at the target.`;
