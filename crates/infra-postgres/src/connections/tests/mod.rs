mod certificates;
mod flights;
mod shares;
