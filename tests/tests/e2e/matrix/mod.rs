//! The fault matrix: every outcome that an attempt can have, as a table of what follows from it.
//!
//! A row tells a fault, the forms of answer in which it can happen, and then two stories. In the first only endpoint
//! `a` has the fault: who is asked, who serves, in what state it leaves the others, and where the next requests go.
//! In the second all have it: who is asked, and what the client is told. `row` is the words that rows are written in,
//! `tell` lives them with the real binary; the tables follow the moments of an attempt.

mod after_commit;
mod after_send;
mod before_commit;
mod before_send;
mod limits;
mod row;
mod tell;
