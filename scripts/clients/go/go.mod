module cartera/clients

go 1.23
