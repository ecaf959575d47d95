// Package wire has what tacit and the process that draws its screen say to one another:
// one JSON object a line. tacit has the vault, its keys and its values. The process that
// draws is told names, labels, times and sizes, and never a value.
//
// tacit writes a Message a line, the other side a Request a line. The first request says
// hello, and tacit answers with the first message. Each later request that takes the
// terminal is answered by a message with Done. The end of either stream ends the other
// side.
//
// Neither side believes the other: a line that is too long, that is no object, or that
// has an unknown member ends the talk.
package wire
