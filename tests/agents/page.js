export function write_page(){}
