chmod 751 home/anna
